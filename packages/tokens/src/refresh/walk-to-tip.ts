import type { Grant } from "../grant/grant.ts";
import type { RecordView } from "../ledger/ledger.ts";
import type { SuccessorCrypto } from "../grant/successor-crypto.ts";
import { openSuccessor } from "../grant/successor.ts";

/**
 * Follows successors from a grant to the newest one that it leads to.
 *
 * @returns `isStale`: that newest one was spent, too, and what came of it is gone; it must never be sent to the provider.
 */
export async function walkToTip(
  crypto: SuccessorCrypto,
  sid: string,
  from: Grant,
  view: RecordView,
): Promise<{ readonly tip: Grant; readonly isStale: boolean }> {
  let tip = from;
  for (;;) {
    const sealed = view.successors[tip.generation];
    const next = sealed === undefined ? undefined : await openSuccessor(crypto, sid, tip, sealed);
    if (next === undefined) return { tip, isStale: tip.generation <= view.highestSpent };
    tip = next;
  }
}
