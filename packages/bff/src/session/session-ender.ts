import type { Provider } from "@coatcheck/oauth";
import type { EndReason, SessionRef, TokenKeeper, Unavailable } from "@coatcheck/tokens";
import type { Background } from "../observe/background.ts";
import type { Fingerprints } from "../fingerprints.ts";
import type { Log } from "../observe/log.ts";
import type { SessionEnds } from "./session-ends.ts";

/** Ends sessions: the ledger first, then, in the background, the refresh token at the provider. */
export interface SessionEnder {
  /** Ends it for good. `unavailable`: nothing was ended and nothing revoked. */
  end(ref: SessionRef, reason: EndReason, options: EndOptions): Promise<EndedSession | Unavailable>;
  /**
   * Ends a session that a newer one replaces; revokes its refresh token only if it belongs to somebody else, since one
   * grant at the provider may serve both sign-ins.
   * @returns `false` if the ledger can't be reached: its cookie stays.
   */
  replace(
    ref: SessionRef,
    by: { readonly iss: string; readonly sub: string },
    requestId: string,
  ): Promise<boolean>;
  /** Revokes, in the background, a refresh token that no session will ever spend. @param session its hash, for the log. */
  revokeUnused(refreshToken: string, session: string): void;
}

interface EndOptions {
  readonly requestId: string;
}

interface EndedSession {
  readonly kind: "ended";
  /** Revokes what the session could still have spent. */
  revoke(): void;
}

export interface SessionEnderParts {
  readonly keeper: Pick<TokenKeeper, "end">;
  readonly ends: Pick<SessionEnds, "know">;
  readonly provider: Pick<Provider, "revoke">;
  readonly background: Background;
  readonly fingerprints: Fingerprints;
  readonly log: Log;
  /** Waits, unless the process is being shut down. */
  readonly delay: (ms: number) => Promise<void>;
}

const RETRY_AFTER_MS = [1_000, 5_000] as const;

export function createSessionEnder(parts: SessionEnderParts): SessionEnder {
  const { keeper, provider, log } = parts;

  async function revoke(refreshToken: string, session: string): Promise<void> {
    let outcome = await provider.revoke(refreshToken);
    for (const waitMs of RETRY_AFTER_MS) {
      if (outcome.kind !== "unavailable") return;
      await parts.delay(waitMs);
      outcome = await provider.revoke(refreshToken);
    }
    if (outcome.kind === "unavailable") {
      log({ level: "warn", event: "revocation_failed", session, reason: outcome.reason });
    }
  }

  function revokeUnused(refreshToken: string, session: string): void {
    parts.background.run(() => revoke(refreshToken, session));
  }

  async function end(
    ref: SessionRef,
    reason: EndReason,
    { requestId }: EndOptions,
  ): Promise<EndedSession | Unavailable> {
    const session = await parts.fingerprints.session(ref.sid);
    await parts.ends.know(ref);
    const outcome = await keeper.end(ref, reason);
    if (outcome.kind === "unavailable") {
      log({ level: "error", event: "ledger_unavailable", requestId, session, during: "end" });
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

  return {
    end,
    revokeUnused,
    async replace(ref, by, requestId) {
      const isSamePerson = ref.iss === by.iss && ref.sub === by.sub;
      const outcome = await end(ref, isSamePerson ? "replaced" : "signed_out", { requestId });
      if (outcome.kind === "unavailable") return false;
      if (!isSamePerson) outcome.revoke();
      return true;
    },
  };
}
