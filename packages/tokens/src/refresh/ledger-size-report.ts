import type { TimerPorts } from "../timer-ports.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { TokensObserver } from "./tokens-event.ts";

const EVERY_MS = 60_000;

/** Tells how much the ledger holds, once a minute at most, when somebody has refreshed: an idle process asks nothing. */
export function createLedgerSizeReport(
  ledger: Ledger,
  ports: Pick<TimerPorts, "monotonicMs">,
  observer: TokensObserver,
): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  return function report() {
    const now = ports.monotonicMs();
    if (now - lastAt < EVERY_MS) return;
    lastAt = now;
    ledger.stats().then(
      ({ records, tombstones }) => observer({ kind: "ledger_size", records, tombstones }),
      // Out of reach: the next one will tell. Whoever needs the store has noticed.
      () => undefined,
    );
  };
}
