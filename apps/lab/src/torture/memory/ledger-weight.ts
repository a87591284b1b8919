import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createMemoryLedger, type Ledger } from "@coatcheck/tokens";
import { createRedisLedger } from "@coatcheck/tokens/redis";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { createClient } from "redis";
import { sleep } from "../stage/sleep.ts";
import { startRedisProcess } from "../stage/redis-process.ts";

/** A ledger whose size can be read. */
export interface WeighedLedger {
  readonly ledger: Ledger;
  /** What the ledger takes up now, wherever it keeps things; bytes. */
  bytes(): Promise<number>;
  /** How many records still take up room once the injected clock has gone on by this much (or, in Redis, its own will have). */
  recordsAfter(ms: number): Promise<number>;
  close(): Promise<void>;
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
    bytes: () => Promise.resolve(heapBytes()),
    async recordsAfter(ms) {
      clock.nowMs += ms;
      return (await ledger.stats()).records;
    },
    close: () => ledger.close(),
  };
}

async function weighSqlite(clock: StoppedClock): Promise<WeighedLedger> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-weight-"));
  const file = join(folder, "ledger.sqlite");
  const ledger = createSqliteLedger({ file, nowMs: () => clock.nowMs });
  const database = new DatabaseSync(file, { timeout: 5_000 });
  const count = database.prepare(
    "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM successor) AS n",
  );
  const records = (): number => Number(count.get()?.["n"]);
  return {
    ledger,
    async bytes() {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return statSync(file).size;
    },
    async recordsAfter(ms) {
      clock.nowMs += ms;
      // It sweeps by itself every half minute.
      const endMs = performance.now() + SWEPT_WITHIN_MS;
      while (records() > 0 && performance.now() < endMs) await sleep(LOOK_EVERY_MS);
      return records();
    },
    async close() {
      database.close();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function weighRedis(): Promise<WeighedLedger> {
  const server = await startRedisProcess();
  const client = createClient({ url: server.url });
  await client.connect();
  const ledger = await createRedisLedger({ client });
  return {
    ledger,
    async bytes() {
      const info = await client.info("memory");
      return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
    },
    async recordsAfter(ms) {
      let outliving = 0;
      for await (const keys of client.scanIterator({ MATCH: "coatcheck:r:*", COUNT: 1_000 })) {
        const lives = await Promise.all(keys.map((key) => client.pTTL(key)));
        // Less than 0: lives for ever.
        outliving += lives.filter((life) => life < 0 || life > ms).length;
      }
      return outliving;
    },
    async close() {
      await ledger.close();
      client.destroy();
      await server.stop();
    },
  };
}
