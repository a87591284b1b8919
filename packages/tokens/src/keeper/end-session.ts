import type { SessionRef } from "../grant/session-ref.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { EndAnswer, RecordAddress } from "../ledger/ledger.ts";
import type { RefreshTools } from "../refresh/refresh-order.ts";
import type { TokenKeeper, Unavailable } from "./token-keeper.ts";
import { walkToTip } from "../refresh/walk-to-tip.ts";

/** A tombstone outlives the longest session by this much, since clocks differ. */
const TOMBSTONE_SLACK_SECONDS = 300;

const LEDGER_UNAVAILABLE: Unavailable = {
  kind: "unavailable",
  code: "ledger_unavailable",
  retryAfterSeconds: 5,
};

/** Ends one session: see `TokenKeeper.end`. */
export function createEndSession(ended: EndedSessions, tools: RefreshTools): TokenKeeper["end"] {
  const { gate, addresses, crypto, policy } = tools;

  /** @returns the refresh token that is to be revoked */
  async function conclude(
    session: SessionRef,
    at: RecordAddress,
    answer: EndAnswer,
  ): Promise<string | undefined> {
    ended.add({ kind: "session", key: at.key, reason: answer.reason, keepMs: at.endedKeepMs });
    const { logId } = await addresses.keysOf(session);
    if (!answer.wasEnded) tools.observer({ kind: "session_ended", session: logId, reason: answer.reason });
    // The same person has signed in again: their new session may live on the same provider grant.
    if (answer.reason === "replaced") return undefined;
    const { tip, isStale } = await walkToTip(crypto, session.sid, session.grant, answer.view);
    return isStale ? undefined : tip.refreshToken;
  }

  /** The store ended the session after all, and whoever asked was told that it didn't. */
  async function concludeLate(session: SessionRef, at: RecordAddress, answer: EndAnswer): Promise<void> {
    const refreshToken = await conclude(session, at, answer);
    if (answer.reason !== "signed_out" || refreshToken === undefined || tools.revoke === undefined) return;
    try {
      await tools.revoke(refreshToken);
    } catch {
      const { logId } = await addresses.keysOf(session);
      tools.observer({ kind: "revoke_failed", session: logId });
    }
  }

  return async function end(session, reason) {
    const request = { generation: session.grant.generation, reason };
    const at = await addresses.addressOf(session);
    let hasGivenUp = false;
    let answer: EndAnswer;
    try {
      answer = await gate.patiently(
        (ledger) => ledger.end(at, request),
        policy.ledgerWaitMs,
        (late) => {
          if (hasGivenUp) tools.track(concludeLate(session, at, late));
        },
      );
    } catch {
      // The gate has told the observer.
      hasGivenUp = true;
      return LEDGER_UNAVAILABLE;
    }
    const refreshToken = await conclude(session, at, answer);
    return refreshToken === undefined ? { kind: "ended" } : { kind: "ended", refreshToken };
  };
}

/** Ends sessions by what the provider calls them: see `TokenKeeper.endBy`. */
export function createEndBy(ended: EndedSessions, tools: RefreshTools): TokenKeeper["endBy"] {
  const { gate, addresses, policy } = tools;
  return async function endBy(target) {
    const key = await addresses.tombstoneOf(target);
    const { iat } = target;
    const keepMs = (policy.absoluteTimeoutSeconds + TOMBSTONE_SLACK_SECONDS) * 1_000;
    try {
      await gate.patiently((ledger) => ledger.entomb({ key, iat, keepMs }), policy.ledgerWaitMs);
    } catch {
      // The gate has told the observer.
      return LEDGER_UNAVAILABLE;
    }
    ended.add({ kind: "tombstone", key, iat, keepMs });
    return { kind: "ended" };
  };
}
