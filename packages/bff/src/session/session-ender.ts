import type { EndReason, Unavailable } from "@coatcheck/tokens";
import { logLedgerUnavailable, logRevocationFailed, logSessionEnded } from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";
import type { OfProvider } from "../providers/sign-in-provider.ts";
import type { Replacement } from "./replaced-sessions.ts";
import type { OwnedRef } from "./session-value.ts";

/** Ends sessions: the ledger first, then, in the background, the refresh token at the provider. */
export interface SessionEnder {
  /** Ends it for good. `unavailable`: nothing was ended and nothing revoked. */
  end(ref: OwnedRef, reason: EndReason, requestId: string): Promise<EndedSession | Unavailable>;
  /**
   * Ends, beside the request, a session that a newer one replaces; revokes its refresh token only if it belongs to somebody
   * else, since one grant at the provider may serve both sign-ins.
   */
  replace(
    ref: OwnedRef,
    by: { readonly iss: string; readonly sub: string },
    requestId: string,
  ): Promise<Replacement>;
  /**
   * Revokes, in the background, tokens that no session will ever use.
   *
   * @param owned who gave them
   * @param session its hash, for the log
   */
  revokeUnused(tokens: UnusedTokens, owned: OfProvider, session: string): void;
}

export interface UnusedTokens {
  readonly refreshToken?: string;
  /** Revoked where there is no refresh token, if it may outlive the session. */
  readonly accessToken?: string;
}

interface EndedSession {
  readonly kind: "ended";
  /** Revokes what the session could still have spent. */
  revoke(): void;
}

const RETRY_AFTER_MS = [1_000, 5_000] as const;
/** What a healthy ledger takes, many times over; a request waits no longer for the end of another session. */
const SOON_MS = 200;

export function createSessionEnder(parts: Core): SessionEnder {
  const { providers, log } = parts;
  /** By session id: a browser's many calls begin one end. */
  const replacing = new Map<string, Replacement>();

  async function revoke(
    token: string,
    kind: "refresh_token" | "access_token",
    owned: OfProvider,
    session: string,
  ): Promise<void> {
    const { provider } = providers.of(owned);
    let outcome = await provider.revoke(token, kind);
    for (const waitMs of RETRY_AFTER_MS) {
      if (outcome.kind !== "unavailable") return;
      await parts.delay(waitMs);
      outcome = await provider.revoke(token, kind);
    }
    if (outcome.kind === "unavailable") {
      logRevocationFailed(log, { session, reason: outcome.reason });
    }
  }

  function revokeUnused(
    { refreshToken, accessToken }: UnusedTokens,
    owned: OfProvider,
    session: string,
  ): void {
    if (refreshToken !== undefined)
      parts.background.run(() => revoke(refreshToken, "refresh_token", owned, session));
    else if (accessToken !== undefined && providers.of(owned).provider.revokesAccessTokens)
      parts.background.run(() => revoke(accessToken, "access_token", owned, session));
  }

  async function end(
    ref: OwnedRef,
    reason: EndReason,
    requestId: string,
  ): Promise<EndedSession | Unavailable> {
    const session = await parts.fingerprints.session(ref.sid);
    await parts.endHook.rememberOwner(ref);
    const outcome = await providers.of(ref).keeper.end(ref, reason);
    if (outcome.kind === "unavailable") {
      logLedgerUnavailable(log, { requestId, session, during: "end" });
      return outcome;
    }
    logSessionEnded(log, { requestId, session, reason });
    parts.listing.forgetLater(ref);
    const { refreshToken } = outcome;
    // Nothing replaces the access token of a session without refresh token: the cookie's is the one that there is.
    const accessToken = ref.grant.refreshToken === undefined ? ref.grant.accessTokens[""]?.token : undefined;
    const tokens = {
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(accessToken === undefined ? {} : { accessToken }),
    };
    return { kind: "ended", revoke: () => revokeUnused(tokens, ref, session) };
  }

  function beginReplacing(ref: OwnedRef, isSamePerson: boolean, requestId: string): Replacement {
    const soon = Promise.withResolvers<void>();
    const stop = parts.startTimer(() => soon.resolve(), SOON_MS);
    let isEnded = false;
    parts.background.run(async () => {
      try {
        const outcome = await end(ref, isSamePerson ? "replaced" : "signed_out", requestId);
        isEnded = outcome.kind === "ended";
        if (outcome.kind === "ended" && !isSamePerson) outcome.revoke();
      } finally {
        replacing.delete(ref.sid);
        stop();
        soon.resolve();
      }
    });
    return { soon: soon.promise, isEnded: () => isEnded };
  }

  return {
    end,
    revokeUnused,
    async replace(ref, by, requestId) {
      // Known here without asking the ledger: an earlier request ended it, and its cookie came once more.
      if ((await providers.of(ref).keeper.isEnded(ref)) !== undefined)
        return { soon: Promise.resolve(), isEnded: () => true };
      const known = replacing.get(ref.sid);
      if (known !== undefined) return known;
      const isSamePerson = ref.iss === by.iss && ref.sub === by.sub;
      const replacement = beginReplacing(ref, isSamePerson, requestId);
      replacing.set(ref.sid, replacement);
      return replacement;
    },
  };
}
