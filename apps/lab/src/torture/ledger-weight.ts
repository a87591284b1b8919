import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createMemoryLedger, type Ledger } from "@coatcheck/tokens";
import { createRedisLedger } from "@coatcheck/tokens/redis";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { createClient } from "redis";
import { pause } from "./pause.ts";
import { startRedisProcess } from "./redis-process.ts";

/** A ledger on a scale. */
export interface WeighedLedger {
  readonly ledger: Ledger;
  /** What the ledger takes up now, wherever it keeps things; bytes. */
  bytes(): Promise<number>;
  /** Whether it goes by the injected clock; else by its own, and `longestLifeMs` says how long what it holds will live. */
  readonly goesByOurClock: boolean;
  longestLifeMs(): Promise<number>;
  /** Records that are there in body, outlived or not. */
  bodies(): Promise<number>;
  close(): Promise<void>;
}

const SWEPT_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

export const LEDGERS: Readonly<Record<string, (nowMs: () => number) => Promise<WeighedLedger>>> = {
  memory: weighMemory,
  sqlite: weighSqlite,
  redis: weighRedis,
};

/** Heap of this process; needs `--expose-gc` to mean anything. */
export function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function weighMemory(nowMs: () => number): Promise<WeighedLedger> {
  const ledger = createMemoryLedger({
    nowMs,
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  });
  return {
    ledger,
    bytes: () => Promise.resolve(heapBytes()),
    goesByOurClock: true,
    longestLifeMs: () => Promise.resolve(Number.NaN),
    bodies: async () => (await ledger.stats()).records,
    close: () => ledger.close(),
  };
}

async function weighSqlite(nowMs: () => number): Promise<WeighedLedger> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-weight-"));
  const file = join(folder, "ledger.sqlite");
  const ledger = createSqliteLedger({ file, nowMs });
  const database = new DatabaseSync(file, { timeout: 5_000 });
  const count = database.prepare(
    "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM successor) AS n",
  );
  const bodies = (): number => Number(count.get()?.["n"]);
  return {
    ledger,
    async bytes() {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return statSync(file).size;
    },
    goesByOurClock: true,
    longestLifeMs: () => Promise.resolve(Number.NaN),
    async bodies() {
      // It sweeps by itself every half minute.
      const endMs = performance.now() + SWEPT_WITHIN_MS;
      while (bodies() > 0 && performance.now() < endMs) await pause(LOOK_EVERY_MS);
      return bodies();
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
    goesByOurClock: false,
    async longestLifeMs() {
      let longest = 0;
      for await (const keys of client.scanIterator({ MATCH: "coatcheck:r:*", COUNT: 1_000 })) {
        const lives = await Promise.all(keys.map((key) => client.pTTL(key)));
        // Less than 0: lives for ever.
        longest = Math.max(longest, ...lives.map((life) => (life < 0 ? Number.POSITIVE_INFINITY : life)));
      }
      return longest;
    },
    bodies: async () => (await ledger.stats()).records,
    async close() {
      await ledger.close();
      client.destroy();
      await server.stop();
    },
  };
}
