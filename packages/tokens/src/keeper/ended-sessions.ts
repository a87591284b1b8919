import type { Ending, EndReason } from "../ledger/ledger.ts";
import type { LedgerAccess } from "../refresh/ledger-access.ts";
import type { SessionIdentity } from "../refresh/session-address.ts";

/** This process's copy of what has ended, so that a call with a living token needs no store. */
export interface EndedSessions {
  readonly add: (ending: Ending) => void;
  reasonOf(session: SessionIdentity): Promise<EndReason | undefined>;
}

/** Additions from one sweep to the next, at least. */
const SWEEP_EVERY = 1_000;

export function createEndedSessions(
  access: Pick<LedgerAccess, "keysOf" | "catchUp">,
  nowMs: () => number,
): EndedSessions {
  const sessions = new Map<string, { readonly reason: EndReason; readonly keepUntil: number }>();
  const tombstones = new Map<string, { readonly iat: number; readonly keepUntil: number }>();
  let additionsToSweep = SWEEP_EVERY;

  /** The more there are, the rarer: without this, a million that come at once would each be looked at a thousand times. */
  function sweepNowAndThen(now: number): void {
    additionsToSweep -= 1;
    if (additionsToSweep > 0) return;
    for (const [key, { keepUntil }] of sessions) if (keepUntil <= now) sessions.delete(key);
    for (const [key, { keepUntil }] of tombstones) if (keepUntil <= now) tombstones.delete(key);
    additionsToSweep = Math.max(SWEEP_EVERY, (sessions.size + tombstones.size) / 2);
  }

  return {
    add(ending) {
      const now = nowMs();
      const keepUntil = now + ending.keepMs;
      if (ending.kind === "session") {
        const known = sessions.get(ending.key);
        sessions.set(ending.key, { reason: known?.reason ?? ending.reason, keepUntil });
      } else {
        const known = tombstones.get(ending.key);
        tombstones.set(ending.key, { iat: Math.max(ending.iat, known?.iat ?? ending.iat), keepUntil });
      }
      sweepNowAndThen(now);
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
