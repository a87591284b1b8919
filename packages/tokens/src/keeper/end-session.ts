import { walkToTip } from "../grant/walk-to-tip.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { EndAnswer, Ledger, RecordAddress } from "../ledger/ledger.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";
import type { SessionAddresses } from "../refresh/session-address.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { TokenKeeper, Unavailable } from "./token-keeper.ts";

/** A tombstone outlives the longest session by this much, since clocks differ. */
const TOMBSTONE_SLACK_SECONDS = 300;

export const LEDGER_UNAVAILABLE: Unavailable = {
  kind: "unavailable",
  code: "ledger_unavailable",
  retryAfterSeconds: 5,
};

interface Ended {
  readonly at: RecordAddress;
  readonly answer: EndAnswer;
}

/** Ends one session: see `TokenKeeper.end`. */
export function createEnd(
  ended: EndedSessions,
  { access, crypto, observer, revoke, track }: RefreshParts,
): TokenKeeper["end"] {
  /** @returns the refresh token that is to be revoked */
  async function conclude(session: SessionRef, { at, answer }: Ended): Promise<string | undefined> {
    ended.add({ kind: "session", key: at.key, reason: answer.reason, keepMs: at.endedKeepMs });
    const { logId } = await access.keysOf(session);
    if (!answer.wasEnded) observer({ kind: "session_ended", session: logId, reason: answer.reason });
    // The same person has signed in again: their new session may live on the same provider grant.
    if (answer.reason === "replaced") return undefined;
    const tip = await walkToTip(crypto, session.sid, session.grant, answer.view);
    return tip.isStale ? undefined : tip.grant.refreshToken;
  }

  /** The store ended the session after all, while its caller got the answer that it had not. */
  async function concludeLate(session: SessionRef, late: Ended): Promise<void> {
    const refreshToken = await conclude(session, late);
    if (late.answer.reason !== "signed_out" || refreshToken === undefined || revoke === undefined) return;
    try {
      await revoke(refreshToken);
    } catch {
      const { logId } = await access.keysOf(session);
      observer({ kind: "revoke_failed", session: logId });
    }
  }

  return async function end(session, reason) {
    const request = { generation: session.grant.generation, reason };
    let hasGivenUp = false;
    async function operation(ledger: Ledger, at: RecordAddress): Promise<Ended> {
      return { at, answer: await ledger.end(at, request) };
    }
    function onLate(late: Ended): void {
      if (hasGivenUp) track(concludeLate(session, late));
    }
    let done: Ended;
    try {
      done = await access.askPatiently(session, operation, { onLate });
    } catch {
      // The observer knows.
      hasGivenUp = true;
      return LEDGER_UNAVAILABLE;
    }
    const refreshToken = await conclude(session, done);
    return refreshToken === undefined ? { kind: "ended" } : { kind: "ended", refreshToken };
  };
}

/** Ends sessions by what the provider calls them: see `TokenKeeper.endBy`. */
export function createEndBy(
  ended: EndedSessions,
  addresses: SessionAddresses,
  { access, policy }: RefreshParts,
): TokenKeeper["endBy"] {
  return async function endBy(target) {
    const keys = await addresses.tombstonesOf(target);
    const { iat } = target;
    const keepMs = (policy.absoluteTimeoutSeconds + TOMBSTONE_SLACK_SECONDS) * 1_000;
    try {
      for (const key of keys)
        await access.askPatiently(undefined, (ledger) => ledger.entomb({ key, iat, keepMs }));
    } catch {
      // The observer knows.
      return LEDGER_UNAVAILABLE;
    }
    for (const key of keys) ended.add({ kind: "tombstone", key, iat, keepMs });
    return { kind: "ended" };
  };
}
