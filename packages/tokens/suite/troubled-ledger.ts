import { pause } from "../src/deadline.ts";
import type { TimerPorts } from "../src/keeper-ports.ts";
import type { Ledger } from "../src/ledger.ts";
import { TokensError } from "../src/tokens-error.ts";

/**
 * - `down`: rejects, nothing is done.
 * - `hanging`: neither does anything nor answers.
 * - `deaf`: does what is asked, and the answer is lost.
 */
export type LedgerTrouble = "none" | "down" | "hanging" | "deaf";

export interface TroubledLedger extends Ledger {
  trouble: LedgerTrouble;
  /** What ends elsewhere is never told to this process. */
  isDeafToEndings: boolean;
  /** How long affected calls take to be answered. */
  delayMs: number;
  /** Only these methods have trouble; none named: all. */
  affected: ReadonlySet<string>;
  /** Calls that reached it, by method. */
  readonly calls: Map<string, number>;
}

/** One process's way to a ledger that others reach without trouble. */
export function createTroubledLedger(ledger: Ledger, clock: Pick<TimerPorts, "setTimeout">): TroubledLedger {
  const calls = new Map<string, number>();

  function through<Args extends readonly unknown[], Answer>(
    method: string,
    call: (...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<Answer> {
    return async (...args) => {
      calls.set(method, (calls.get(method) ?? 0) + 1);
      const isAffected = troubled.affected.size === 0 || troubled.affected.has(method);
      if (!isAffected) return call(...args);
      if (troubled.trouble === "none") {
        const answer = await call(...args);
        if (troubled.delayMs > 0) await pause(troubled.delayMs, clock);
        return answer;
      }
      if (troubled.trouble === "hanging") return new Promise(() => undefined);
      if (troubled.trouble === "deaf") await call(...args);
      throw new TokensError("ledger_unreachable", "in trouble");
    };
  }

  const troubled: TroubledLedger = {
    trouble: "none",
    isDeafToEndings: false,
    delayMs: 0,
    affected: new Set(),
    calls,
    outlivesProcess: ledger.outlivesProcess,
    claim: through("claim", (at, request) => ledger.claim(at, request)),
    wait: through("wait", (at, request) => ledger.wait(at, request)),
    renew: through("renew", (at, request) => ledger.renew(at, request)),
    publish: through("publish", (at, request) => ledger.publish(at, request)),
    release: through("release", (at, request) => ledger.release(at, request)),
    bury: through("bury", (at, request) => ledger.bury(at, request)),
    acknowledge: through("acknowledge", (at, request) => ledger.acknowledge(at, request)),
    read: through("read", (at, generation) => ledger.read(at, generation)),
    end: through("end", (at, request) => ledger.end(at, request)),
    entomb: through("entomb", (request) => ledger.entomb(request)),
    watchEndings: (onEnding, onHealth) =>
      ledger.watchEndings((ending) => {
        if (!troubled.isDeafToEndings) onEnding(ending);
      }, onHealth),
    stats: () => ledger.stats(),
    close: () => ledger.close(),
  };
  return troubled;
}
