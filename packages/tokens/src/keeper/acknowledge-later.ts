import QuickLRU from "quick-lru";
import { tokenInstants } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { Acknowledgement } from "../ledger/ledger.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";

/** How long after a generation was handed out nobody can still be without it. */
const SETTLE_AFTER_MS = 120_000;
const MAX_REMEMBERED = 20_000;

/** What a request has to say to the ledger about the generation that it shows. */
export function acknowledgementOf(
  session: SessionRef,
  { policy, ports }: Pick<RefreshParts, "policy" | "ports">,
): Acknowledgement {
  return {
    shown: session.grant.generation,
    arrivedAgoMs: Math.max(0, ports.nowMs() - session.arrivedAt),
    isHanding: false,
    settleAfterMs: SETTLE_AFTER_MS,
    staleCookieMs: policy.staleCookieSeconds * 1_000,
  };
}

/**
 * Lets the first request that shows a generation, after everyone must have it, say so to the ledger: beside its own work,
 * once for a session and generation (again after 2 minutes if it was too early).
 */
export function createAcknowledgeLater(parts: RefreshParts): (session: SessionRef) => void {
  const { access, ports } = parts;
  const acknowledged = new QuickLRU<string, number>({ maxSize: MAX_REMEMBERED });

  return function acknowledgeLater(session) {
    const { generation } = session.grant;
    if (generation === 0) return;
    if (session.arrivedAt - tokenInstants(session.grant).issuedAt < SETTLE_AFTER_MS) return;
    const key = `${session.sid} ${generation}`;
    const now = ports.monotonicMs();
    const last = acknowledged.get(key);
    if (last !== undefined && now - last < SETTLE_AFTER_MS) return;
    acknowledged.set(key, now);
    const request = acknowledgementOf(session, parts);
    access
      .askIfUp(session, (ledger, at) => ledger.acknowledge(at, request))
      .then(
        ({ isSettled }) => {
          if (isSettled) acknowledged.set(key, Number.POSITIVE_INFINITY);
        },
        // The observer knows; a later request says it again.
        () => acknowledged.delete(key),
      );
  };
}
