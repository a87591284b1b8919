import type { SessionRef } from "../grant/session-ref.ts";
import { createBoundedMap } from "../bounded-map.ts";
import type { RefreshTools } from "../refresh/refresh-order.ts";

const MAX_REMEMBERED = 20_000;

/**
 * Lets the first request that shows a generation, after everyone must have it, say so to the ledger: beside its own work,
 * once for a session and generation (again after `settleAfterMs` if it was too early).
 */
export function createAcknowledgeLater(tools: RefreshTools): (session: SessionRef) => void {
  const { gate, addresses, policy, ports } = tools;
  const acknowledged = createBoundedMap<string, number>(MAX_REMEMBERED);

  async function acknowledge(session: SessionRef): Promise<boolean> {
    const request = {
      shown: session.grant.generation,
      arrivedAgoMs: Math.max(0, ports.nowMs() - session.arrivedAt),
      isHanding: false,
      settleAfterMs: policy.settleAfterMs,
      staleCookieMs: policy.staleCookieSeconds * 1_000,
    };
    const at = await addresses.addressOf(session);
    const { isSettled } = await gate.ifUp((ledger) => ledger.acknowledge(at, request), policy.ledgerWaitMs);
    return isSettled;
  }

  return function acknowledgeLater(session) {
    const { generation, accessTokens } = session.grant;
    if (generation === 0) return;
    const newest = Math.max(0, ...Object.values(accessTokens).map(({ issuedAt }) => issuedAt));
    if (session.arrivedAt - newest < policy.settleAfterMs) return;
    const key = `${session.sid} ${generation}`;
    const now = ports.monotonicMs();
    const last = acknowledged.get(key);
    if (last !== undefined && now - last < policy.settleAfterMs) return;
    acknowledged.set(key, now);
    acknowledge(session).then(
      (isSettled) => {
        if (isSettled) acknowledged.set(key, Number.POSITIVE_INFINITY);
      },
      // The gate has told the observer; a later request says it again.
      () => acknowledged.delete(key),
    );
  };
}
