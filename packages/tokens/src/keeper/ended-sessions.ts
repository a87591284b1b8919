import type { Ending, EndReason } from "../ledger/ledger.ts";
import type { LedgerAccess } from "../refresh/ledger-access.ts";
import type { SessionIdentity } from "../refresh/session-address.ts";

/** This process's copy of what has ended, so that a call with a living token needs no store. */
export interface EndedSessions {
  readonly add: (ending: Ending) => void;
  reasonOf(session: SessionIdentity): Promise<EndReason | undefined>;
}

const SWEEP_EVERY = 1_000;

export function createEndedSessions(
  access: Pick<LedgerAccess, "keysOf" | "catchUp">,
  nowMs: () => number,
): EndedSessions {
  const sessions = new Map<string, { readonly reason: EndReason; readonly keepUntil: number }>();
  const tombstones = new Map<string, { readonly iat: number; readonly keepUntil: number }>();
  let additions = 0;

  function sweep(): void {
    const now = nowMs();
    for (const [key, { keepUntil }] of sessions) if (keepUntil <= now) sessions.delete(key);
    for (const [key, { keepUntil }] of tombstones) if (keepUntil <= now) tombstones.delete(key);
  }

  return {
    add(ending) {
      const keepUntil = nowMs() + ending.keepMs;
      if (ending.kind === "session") {
        const known = sessions.get(ending.key);
        sessions.set(ending.key, { reason: known?.reason ?? ending.reason, keepUntil });
      } else {
        const known = tombstones.get(ending.key);
        tombstones.set(ending.key, { iat: Math.max(ending.iat, known?.iat ?? ending.iat), keepUntil });
      }
      additions += 1;
      if (additions % SWEEP_EVERY === 0) sweep();
    },
    async reasonOf(session) {
      if (access.catchUp !== undefined) await access.catchUp();
      const { idTokenIat } = session;
      const keys = await access.keysOf(session);
      const known = sessions.get(keys.record);
      if (known !== undefined) return known.reason;
      const isEntombed = keys.tombstones.some((key) => (tombstones.get(key)?.iat ?? -Infinity) >= idTokenIat);
      return isEntombed ? "revoked" : undefined;
    },
  };
}
