import type { Ledger } from "../src/ledger.ts";
import type { ManualClock } from "./manual-clock.ts";

/** A way to a ledger on which every call and every answer takes some time, never the same. */
export function createSlowLedger(
  ledger: Ledger,
  clock: ManualClock,
  random: () => number,
  maxMs: number,
): Ledger {
  const travel = (): Promise<void> =>
    new Promise((resolve) => {
      clock.setTimeout(resolve, Math.floor(random() * maxMs));
    });
  async function through<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    await travel();
    const answer = await call();
    await travel();
    return answer;
  }
  return {
    outlivesProcess: ledger.outlivesProcess,
    claim: (at, request) => through(() => ledger.claim(at, request)),
    wait: (at, request) => through(() => ledger.wait(at, request)),
    renew: (at, request) => through(() => ledger.renew(at, request)),
    publish: (at, request) => through(() => ledger.publish(at, request)),
    release: (at, request) => through(() => ledger.release(at, request)),
    bury: (at, request) => through(() => ledger.bury(at, request)),
    acknowledge: (at, request) => through(() => ledger.acknowledge(at, request)),
    read: (at, generation) => through(() => ledger.read(at, generation)),
    end: (at, request) => through(() => ledger.end(at, request)),
    entomb: (request) => through(() => ledger.entomb(request)),
    watchEndings: (onEnding, onHealth) => ledger.watchEndings(onEnding, onHealth),
    stats: () => ledger.stats(),
    close: () => ledger.close(),
  };
}
