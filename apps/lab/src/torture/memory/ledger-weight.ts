import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createMemoryLedger, type Ledger } from "@coatcheck/tokens";
import { openMeteredRedis } from "../../metered/metered-redis.ts";
import { openMeteredSqlite } from "../../metered/metered-sqlite.ts";
import type { MeteredStore } from "../../metered/metered-store.ts";
import { sleep } from "../stage/sleep.ts";

/** A ledger alone on its store, whose size can be read, and which is closed before it. */
export interface WeighedLedger extends Pick<MeteredStore, "dataBytes" | "close"> {
  readonly ledger: Ledger;
  /** How many records still take up room once the injected clock has gone on by this much (or, in Redis, its own will have). */
  recordsAfter(ms: number): Promise<number>;
}

const SWEPT_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/** Stands still but for {@link WeighedLedger.recordsAfter} and whoever sets it. */
export interface StoppedClock {
  nowMs: number;
}

export const LEDGERS: Readonly<Record<string, (clock: StoppedClock) => Promise<WeighedLedger>>> = {
  memory: weighMemory,
  sqlite: weighSqlite,
  redis: weighRedis,
};

/** Heap of this process after a collection. */
export function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function weighMemory(clock: StoppedClock): Promise<WeighedLedger> {
  const ledger = createMemoryLedger({
    nowMs: () => clock.nowMs,
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  });
  return {
    ledger,
    dataBytes: () => Promise.resolve(heapBytes()),
    async recordsAfter(ms) {
      clock.nowMs += ms;
      return (await ledger.stats()).records;
    },
    close: () => Promise.resolve(),
  };
}

async function weighSqlite(clock: StoppedClock): Promise<WeighedLedger> {
  const store = await openMeteredSqlite(() => clock.nowMs);
  return {
    ...store,
    ledger: await store.openLedger(),
    async recordsAfter(ms) {
      clock.nowMs += ms;
      // It sweeps by itself every half minute.
      const endMs = performance.now() + SWEPT_WITHIN_MS;
      while (store.records() > 0 && performance.now() < endMs) await sleep(LOOK_EVERY_MS);
      return store.records();
    },
  };
}

async function weighRedis(): Promise<WeighedLedger> {
  const store = await openMeteredRedis();
  return { ...store, ledger: await store.openLedger() };
}
