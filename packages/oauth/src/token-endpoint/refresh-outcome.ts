import type { TokenSet } from "./token-set.ts";

/**
 * Every way in which a refresh can end, sorted by what it means for the session.
 *
 * - `success`: the provider answered with tokens.
 * - `terminal`: the grant is over (`invalid_grant` however wrapped, or what a preset names).
 * - `refused`: another 4xx (not 408, 429, `invalid_client`), or an ID token that fails S-091; terminal only when it repeats.
 * - `unsent`: the provider did not process the request (refused, DNS, TLS, complete 429 or 503, `invalid_client`, lease too short).
 * - `ambiguous`: the provider may have rotated (time-out, reset after sending, other 5xx, unreadable 200).
 */
export type RefreshOutcome =
  | { readonly kind: "success"; readonly tokens: TokenSet }
  | { readonly kind: "terminal"; readonly reason: string; readonly status?: number }
  | { readonly kind: "refused"; readonly reason: string; readonly status?: number }
  | {
      readonly kind: "unsent";
      readonly reason: string;
      readonly status?: number;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: "ambiguous"; readonly reason: string; readonly status?: number };
