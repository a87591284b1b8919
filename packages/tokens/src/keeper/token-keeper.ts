import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { EndReason } from "../ledger/ledger.ts";
import type { SessionList } from "./session-list.ts";

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
    }
  | { readonly kind: "ended"; readonly reason: EndReason }
  /** This session lives, and can never have a token for this resource: it has no refresh token to get one with. */
  | { readonly kind: "unobtainable" }
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

export interface CloseOptions {
  /** The newest grant that this visit got hold of (from `ensureFresh`), or the one shown. */
  readonly known: Grant;
  /** A cookie is going to be written (re-seal), so that the handing is recorded. */
  readonly willWrite: boolean;
  /** Milliseconds since the epoch: the re-seal moves the idle deadline, and the session's record says so. */
  readonly touchedAt?: number;
}

/** One session during one request: the caller shows a grant, and persists the one it gets. */
export interface TokenVisit {
  readonly session: SessionRef;
  /** Whether there is an access token for `resource` that hasn't expired, without asking the provider. */
  holdsToken(resource: string): Promise<boolean>;
  /** Returns an access token for `resource` that lives a little longer; refreshes when it must, ahead of need when it can. */
  ensureFresh(resource: string): Promise<FreshOutcome>;
  /** Refreshes now, whatever the token's age; joins a refresh under way. */
  refreshNow(resource: string): Promise<FreshOutcome>;
  /**
   * Refreshes the generation that was *used* when an API said `invalid_token`; a newer one is simply used, and calls that come
   * while one refreshes get what it gets. Never one younger than 10 s, with success at most once a session, resource and minute:
   * then `undefined`.
   */
  refreshRefused(resource: string, usedGrant: Grant): Promise<FreshOutcome | undefined>;
  /** Walks to the tip when the headers leave, and says what the cookie must say. */
  close(options: CloseOptions): Promise<CloseOutcome>;
}

/**
 * Keeps the grants of sessions fresh: one refresh at a time for a session, across requests, processes and machines.
 *
 * It knows no HTTP and no cookie.
 */
export interface TokenKeeper {
  /** Begins a request's dealings with one session. Contacts nothing, and needs no clean-up. */
  open(session: SessionRef): TokenVisit;
  /**
   * Gives the access tokens of a session to the ledger, since its cookie, which gets the grant `toKeptGrant`, has no room
   * for them. Whatever becomes of the ledger's copy, it costs a refresh at most; a session without refresh token lives as
   * long as the copy does. Never rejects.
   */
  keepTokens(session: SessionRef): Promise<void>;
  /** From the pushed local copy, at most 1 s old; no outside call (a promise since deriving a key with WebCrypto is one). */
  isEnded(session: Omit<SessionRef, "grant" | "arrivedAt">): Promise<EndReason | undefined>;
  /**
   * Tells once that a session is over, whoever ended it: at most 1 s later, and at once where this process knows already.
   *
   * @returns stops watching. A session that is watched and never ends is forgotten only by this.
   */
  watchEnd(
    session: Omit<SessionRef, "grant" | "arrivedAt">,
    onEnded: (reason: EndReason) => void,
  ): () => void;
  /**
   * The record's `touchedAt`, milliseconds since the epoch: a cookie past its idle deadline may have lost its re-seal.
   *
   * `undefined`: no record. `unknown`: the store can't be reached, so that nobody may call the session over. Throws nothing.
   */
  touchedAt(session: SessionRef): Promise<number | "unknown" | undefined>;
  /**
   * Whether a session whose cookie's refresh token is past its limit of life is over: `live` with the newest limit, if a newer
   * grant has a later one or none; otherwise it is ended here. `unknown`: somebody is at it, or the store can't be reached, so
   * that nobody may call the session over. Throws nothing.
   */
  judgeLimit(
    session: SessionRef,
  ): Promise<
    | { readonly kind: "live"; readonly refreshExpiresAt?: number }
    | { readonly kind: "ended"; readonly reason: EndReason }
    | { readonly kind: "unknown" }
  >;
  /**
   * Ends a session: tombstone first. The answer has the tip's refresh token, so that the caller can revoke it.
   * @returns `unavailable` when the store can't be reached: nothing was ended, nothing may be revoked.
   */
  end(
    session: SessionRef,
    reason: EndReason,
  ): Promise<{ readonly kind: "ended"; readonly refreshToken?: string } | Unavailable>;
  /**
   * Ends sessions whose ID token isn't later than `iat` (back-channel logout): all of a person's, or with `idpSid` those of one
   * session at the provider alone. Beside `sub` that also ends the person's sessions that don't know what the provider calls
   * theirs: each may be the one.
   *
   * @see OpenID Connect Back-Channel Logout section 2.7
   */
  endBy(target: {
    readonly iss: string;
    readonly sub?: string;
    readonly idpSid?: string;
    readonly iat: number;
  }): Promise<{ readonly kind: "ended" } | Unavailable>;
  /** A person's sessions; `undefined` where the ledger can't list them, or dies with this process. */
  readonly sessionList: SessionList | undefined;
  /** Token calls have failed within the last minute, and none has succeeded since. */
  isProviderDown(): boolean;
  /**
   * The provider is down, or refuses this session, as far as this process knows: `degraded` in the session view.
   *
   * @param provenAt when the provider last gave this session something, whichever process asked it; milliseconds since the
   * epoch. Trouble that this process saw before then is over, for everyone.
   */
  isDegraded(sid: string, provenAt: number): boolean;
  /** Something else at the provider has worked, such as a sign-in: it isn't down any more. */
  noteProviderUp(): void;
  /** Resolves when the local copy of ended sessions is loaded; a process that serves earlier lets ended sessions pass. Never rejects. */
  ready(): Promise<void>;
  /** Resolves when every token call that this process began is recorded. */
  drain(): Promise<void>;
}
