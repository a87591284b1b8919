import type { FailedTokenAnswer } from "./token-answer.ts";
import type { TokenSet } from "./token-set.ts";

/**
 * Every way in which a refresh can end, sorted by what it means for the session; `token-answer.ts` has the table.
 *
 * - `success`: the provider answered with tokens, whatever else it said. What was sent is spent, and never sent again.
 * - `other_identity`: it did, and its ID token says verifiably that they are for another person, client or issuer. End the
 *   session and revoke `refreshToken`, the one that works now.
 */
export type RefreshOutcome =
  | { readonly kind: "success"; readonly tokens: TokenSet }
  | {
      readonly kind: "other_identity";
      readonly reason: "iss_mismatch" | "sub_mismatch" | "aud_mismatch";
      readonly refreshToken: string;
    }
  | FailedTokenAnswer;
