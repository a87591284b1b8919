import type { Ledger, RecordAddress } from "@coatcheck/tokens";
import type { PlannedFaults } from "./planned-faults.ts";
import type { Random } from "./random.ts";
import type { SimProcess } from "./sim-process.ts";
import type { SimStore } from "./sim-store.ts";
import type { StoreCall } from "./steps.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Every call settles within this, as the ledger's port promises. */
const CALL_BOUND_MS = 5_000;

export interface StoreClientParts {
  readonly process: SimProcess;
  readonly store: SimStore;
  /** The real transitions on the store. */
  readonly core: Ledger;
  /** A failure of one record alone, as this process's code says it. */
  newUnreadable(): Error;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: PlannedFaults;
  readonly latencyMs: number;
  readonly log: (line: () => string) => void;
  onFailure(call: StoreCall): void;
  /** A write that a store which reads has refused. */
  onRefusedWrite(call: StoreCall): void;
  onSlowness(): void;
}

const READS: ReadonlySet<StoreCall> = new Set(["read", "wait"]);

/** The ledger as one process reaches it: over a network, with everything that can happen there. */
export function createStoreClient(parts: StoreClientParts): Ledger {
  const { process, store, core, time, random, faults } = parts;

  function transitMs(): number {
    const slow = random.chance(0.01) ? random.integer(50, 900) : 0;
    if (slow > 0) parts.onSlowness();
    return random.integer(0, 2 * parts.latencyMs) / 2 + slow;
  }

  function call<T>(
    name: StoreCall,
    at: RecordAddress | undefined,
    operation: () => Promise<T>,
    boundMs = CALL_BOUND_MS,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!process.isAlive()) return;
      const timer = process.ports.setTimeout(() => fail("no answer in time"), boundMs);
      const fault = faults.takeStoreFault(name);
      const isSlow = fault === "slow" || fault === "late-answer";

      function fail(reason: string): void {
        process.ports.clearTimeout(timer);
        parts.onFailure(name);
        reject(new Error(`store: ${reason}`));
      }
      const later = (ms: number, run: () => void): void => void time.schedule(time.now() + ms, run);
      const answer = (run: () => void, ms = transitMs()): void => later(ms, () => process.deliver(run));

      if (name === "publish") faults.reach("publish-sent", process);
      if (fault === "refused") return answer(() => fail("refused"));
      const requestMs = transitMs() + (fault === "slow" ? random.integer(200, 4_500) : 0);
      later(requestMs, () => {
        const outage = store.outage(process);
        if (fault === "lost-request" || outage === "silent") return;
        if (outage === "refusing") return answer(() => fail("refused"));
        if (outage === "read-only" && !READS.has(name)) {
          parts.onRefusedWrite(name);
          return answer(() => fail("refuses writes"));
        }
        if (at !== undefined && store.isDamaged(at.key)) {
          return answer(() => {
            process.ports.clearTimeout(timer);
            // Of some ledgers that is all one learns.
            reject(random.chance(0.5) ? parts.newUnreadable() : new Error("unexpected token"));
          });
        }
        operation().then(
          (value) => {
            if (name === "publish") faults.reach("publish-applied", process);
            if (fault === "lost-answer") return answer(() => fail("connection reset"));
            answer(
              () => {
                process.ports.clearTimeout(timer);
                if (name === "publish") faults.reach("publish-answered", process);
                if (name === "claim") faults.reach("claim-answered", process);
                parts.log(() => `   ${process.name} ${name}: ${summary(value)}`);
                resolve(value);
              },
              isSlow && fault === "late-answer" ? random.integer(300, 6_500) : transitMs(),
            );
          },
          (error: unknown) => answer(() => fail(String(error))),
        );
      });
    });
  }

  return {
    outlivesProcess: true,
    claim: (at, request) => call("claim", at, () => core.claim(at, request)),
    wait: (at, request) => call("wait", at, () => core.wait(at, request), request.timeoutMs + CALL_BOUND_MS),
    renew: (at, request) => call("renew", at, () => core.renew(at, request)),
    publish: (at, request) => call("publish", at, () => core.publish(at, request)),
    keepTokens: (at, request) => call("keepTokens", at, () => core.keepTokens(at, request)),
    release: (at, request) => call("release", at, () => core.release(at, request)),
    bury: (at, request) => call("bury", at, () => core.bury(at, request)),
    acknowledge: (at, request) => call("acknowledge", at, () => core.acknowledge(at, request)),
    read: (at, generation) => call("read", at, () => core.read(at, generation)),
    end: (at, request) => call("end", at, () => core.end(at, request)),
    entomb: (request) => call("entomb", undefined, () => core.entomb(request)),
    probe: () => call("probe", undefined, () => core.probe()),
    watchEndings: (onEnding) => store.watch(process, onEnding),
    stats: () => core.stats(),
    close: async () => undefined,
  };
}

function summary(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => (key === "view" ? undefined : part)) ?? "";
}
