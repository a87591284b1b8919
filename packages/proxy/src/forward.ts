import type { AccessCredential } from "./access-credential.ts";
import type { PlainRequest, PlainResponse } from "./http-message.ts";
import type { BearerChallenge } from "./response/bearer-challenge.ts";
import type { Target } from "./target.ts";

/** Facts about the caller that the upstream is told (S-110), from a trusted-proxy-aware source. */
export interface Caller {
  readonly clientAddress?: string | undefined;
  readonly publicOrigin: string;
  readonly requestId: string;
}

export type ForwardOutcome =
  /**
   * The upstream answered: its status, allow-listed headers, its bytes. `invalidToken`: 401 with RFC 6750 `invalid_token`.
   * `challenge`: what its WWW-Authenticate asks for, with a 401 or 403; the header itself doesn't reach the browser.
   * Whoever doesn't read the body to its end calls `discard`.
   */
  | {
      readonly kind: "answered";
      readonly response: PlainResponse;
      readonly invalidToken: boolean;
      readonly challenge?: BearerChallenge;
      /** The nonce that the API wants in proofs from now on; told only where a proof was sent. */
      readonly dpopNonce?: string;
      readonly discard: () => void;
    }
  /** Refused before contact; `body_too_large` also when a body of unknown length turns out to be, after contact. */
  | {
      readonly kind: "refused";
      readonly code: "bad_request" | "ambiguous_path" | "unknown_route" | "body_too_large";
    }
  | {
      readonly kind: "failed";
      readonly code: "upstream_failed" | "upstream_timeout";
      readonly reason: string;
      /** Whether the upstream can be reached can't be told by it. Default: it can't. */
      readonly saysNothing?: true;
    }
  /** Nothing was sent: too many calls wait for this upstream already, or it couldn't be reached lately (`circuit`). */
  | {
      readonly kind: "overloaded";
      readonly limit: "upstream" | "circuit";
      readonly retryAfterMs: number;
    }
  /** The client went away. */
  | { readonly kind: "aborted" };

/**
 * Forwards one API call. Never sees a session, never follows a redirect, and repeats nothing but a small idempotent call
 * whose kept-alive connection turned out to be closed.
 */
export type Forward = (
  request: PlainRequest,
  target: Target,
  credential: AccessCredential | undefined,
  caller: Caller,
) => Promise<ForwardOutcome>;
