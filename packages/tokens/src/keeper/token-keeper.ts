import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { EndReason } from "../ledger/ledger.ts";

export type Unavailable = {
  readonly kind: "unavailable";
  readonly code: "refresh_unavailable" | "ledger_unavailable";
  readonly retryAfterSeconds: number;
};

/** Answer of `ensureFresh` and `refreshNow`. `grant` is at least as new as the one shown; `how` is for metrics and the demo. */
export type FreshOutcome =
  | {
      readonly kind: "fresh";
      readonly grant: Grant;
      readonly accessToken: string;
      readonly how: "unchanged" | "window" | "led" | "joined" | "replayed";
      /** Set with `how: "window"`: settles when the refresh beside the call is done; never rejects. */
      readonly background?: Promise<void>;
    }
  | { readonly kind: "ended"; readonly reason: EndReason }
  /** The cookie's generation was spent and its successor is gone: never sent to the provider. */
  | { readonly kind: "stale" }
  | Unavailable;

/** What the response must say about the cookie, decided when its headers leave. */
export type CloseOutcome =
  /** `grant` differs from the one shown, or equals it: write it if `changed` or if the caller re-seals anyway. */
  | {
      readonly kind: "live";
      readonly grant: Grant;
      readonly changed: boolean;
      /** The store was out of reach, or the cookie is stale: no Set-Cookie at all, not even a re-seal. Never with `changed`. */
      readonly withhold?: true;
    }
  | { readonly kind: "ended"; readonly reason: EndReason };

/**
 * Keeps the grants of sessions fresh: one refresh at a time for a session, across requests, processes and machines.
 *
 * It knows no HTTP and no cookie: the caller shows a grant and persists the one it gets. A request makes one `SessionRef`
 * and passes that same object to every method: what the request led is remembered by it.
 */
export interface TokenKeeper {
  /** Returns an access token for `resource` that lives a little longer; refreshes when it must, ahead of need when it can. */
  ensureFresh(session: SessionRef, resource: string): Promise<FreshOutcome>;
  /** Refreshes now, whatever the token's age; joins a refresh under way. */
  refreshNow(session: SessionRef, resource: string): Promise<FreshOutcome>;
  /** Refreshes the generation that was *used* when an API said `invalid_token`; a newer one is simply used. Never one younger than 10 s, at most once a session, resource and minute: then `undefined`. */
  refreshRefused(session: SessionRef, resource: string, usedGrant: Grant): Promise<FreshOutcome | undefined>;
  /**
   * Walks to the tip when the headers leave, and tells what the cookie must say.
   *
   * @param known the newest grant that this request got hold of (from `ensureFresh`), or the one shown.
   * @param willWrite a cookie is going to be written (re-seal), so that the handing is recorded.
   */
  close(
    session: SessionRef,
    known: Grant,
    options: { readonly willWrite: boolean; readonly touchedAt?: number },
  ): Promise<CloseOutcome>;
  /** From the pushed local copy, at most 1 s old; no outside call (a promise since deriving a key with WebCrypto is one). */
  isEnded(session: Omit<SessionRef, "grant" | "arrivedAt">): Promise<EndReason | undefined>;
  /**
   * The record's `touchedAt`, milliseconds since the epoch: a cookie past its idle deadline may have lost its re-seal.
   *
   * `undefined`: no record. `unknown`: the store can't be reached, so that nobody may call the session over. Throws nothing.
   */
  touchedAt(session: SessionRef): Promise<number | "unknown" | undefined>;
  /**
   * Ends a session: tombstone first, then tells the tip's refresh token, so that the caller can revoke it.
   * @returns `unavailable` when the store can't be reached: nothing was ended, nothing may be revoked.
   */
  end(
    session: SessionRef,
    reason: EndReason,
  ): Promise<{ readonly kind: "ended"; readonly refreshToken?: string } | Unavailable>;
  /** Ends every session of a person or of a provider session whose ID token isn't later than `iat` (back-channel logout). */
  endBy(target: {
    readonly iss: string;
    readonly sub?: string;
    readonly idpSid?: string;
    readonly iat: number;
  }): Promise<{ readonly kind: "ended" } | Unavailable>;
  /** The provider answered or failed lately: `degraded` in the session view. */
  isProviderDown(): boolean;
  /** Resolves when the local copy of ended sessions is loaded; a process that serves earlier lets ended sessions pass. Never rejects. */
  ready(): Promise<void>;
  /** Resolves when every token call that this process began is recorded. */
  drain(): Promise<void>;
}
