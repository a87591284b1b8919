import type { EndReason, SessionRef, Unavailable } from "@coatcheck/tokens";
import { logLedgerUnavailable, logRevocationFailed } from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";
import type { Replacement } from "./replaced-sessions.ts";

/** Ends sessions: the ledger first, then, in the background, the refresh token at the provider. */
export interface SessionEnder {
  /** Ends it for good. `unavailable`: nothing was ended and nothing revoked. */
  end(ref: SessionRef, reason: EndReason, requestId: string): Promise<EndedSession | Unavailable>;
  /**
   * Ends, beside the request, a session that a newer one replaces; revokes its refresh token only if it belongs to somebody
   * else, since one grant at the provider may serve both sign-ins.
   */
  replace(
    ref: SessionRef,
    by: { readonly iss: string; readonly sub: string },
    requestId: string,
  ): Promise<Replacement>;
  /** Revokes, in the background, a refresh token that no session will ever spend. @param session its hash, for the log. */
  revokeUnused(refreshToken: string, session: string): void;
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
  const { keeper, provider, log } = parts;
  /** By session id: a browser's many calls begin one end. */
  const replacing = new Map<string, Replacement>();

  async function revoke(refreshToken: string, session: string): Promise<void> {
    let outcome = await provider.revoke(refreshToken);
    for (const waitMs of RETRY_AFTER_MS) {
      if (outcome.kind !== "unavailable") return;
      await parts.delay(waitMs);
      outcome = await provider.revoke(refreshToken);
    }
    if (outcome.kind === "unavailable") {
      logRevocationFailed(log, { session, reason: outcome.reason });
    }
  }

  function revokeUnused(refreshToken: string, session: string): void {
    parts.background.run(() => revoke(refreshToken, session));
  }

  async function end(
    ref: SessionRef,
    reason: EndReason,
    requestId: string,
  ): Promise<EndedSession | Unavailable> {
    const session = await parts.fingerprints.session(ref.sid);
    await parts.endHook.rememberOwner(ref);
    const outcome = await keeper.end(ref, reason);
    if (outcome.kind === "unavailable") {
      logLedgerUnavailable(log, { requestId, session, during: "end" });
      return outcome;
    }
    log({ level: "info", event: "session_ended", requestId, session, reason });
    const { refreshToken } = outcome;
    return {
      kind: "ended",
      revoke: () => {
        if (refreshToken !== undefined) revokeUnused(refreshToken, session);
      },
    };
  }

  function beginReplacing(ref: SessionRef, isSamePerson: boolean, requestId: string): Replacement {
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
      if ((await keeper.isEnded(ref)) !== undefined) return { soon: Promise.resolve(), isEnded: () => true };
      const known = replacing.get(ref.sid);
      if (known !== undefined) return known;
      const isSamePerson = ref.iss === by.iss && ref.sub === by.sub;
      const replacement = beginReplacing(ref, isSamePerson, requestId);
      replacing.set(ref.sid, replacement);
      return replacement;
    },
  };
}
