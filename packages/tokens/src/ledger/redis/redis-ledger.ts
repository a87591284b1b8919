/**
 * A ledger for many machines.
 *
 * @example
 * ```ts
 * if ("client" in place) return createRedisLedger({ client: place.client });
 * ```
 *
 * @module
 */
import type { Ending, Ledger, RecordAddress } from "../ledger.ts";
import { createPolledChanges } from "../polled-changes.ts";
import { createPolledEndings } from "../polled-endings.ts";
import { createRecordLedger, type RecordStore, type StoreTransaction } from "../record-ledger.ts";
import { createStepQueue } from "../step-queue.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { checkRedis, createRedisConnection, type RedisClient } from "./redis-connection.ts";
import { REDIS_SCRIPTS } from "./redis-scripts.ts";
import { runOnLook, type RedisLook } from "./redis-transaction.ts";

export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-connection.ts";

export interface RedisLedgerOptions {
  /** A client of `redis` or of `ioredis`, open. The ledger doesn't close it. */
  readonly client: RedisClient;
  /** Before every key. Default `coatcheck`. */
  readonly prefix?: string;
}

const ENDINGS_BATCH = 500;

/**
 * A ledger in Redis, 7 or later, not a cluster: for many machines.
 *
 * Redis counts the time. Every key has a lifetime. A Redis that loses acknowledged writes (no append-only file, a failover)
 * loses sessions that were refreshed just before.
 *
 * @throws {TokensError} `ledger_misconfigured` (version, eviction policy) or `ledger_unreachable`
 */
export async function createRedisLedger(options: RedisLedgerOptions): Promise<Ledger> {
  const prefix = options.prefix ?? "coatcheck";
  const connection = createRedisConnection(options.client);
  await checkRedis(connection);
  const endingKeys = [`${prefix}:endings`, `${prefix}:endings:keep`];
  const changes = createPolledChanges(async (keys) => {
    type Answer = { readonly versions: readonly string[] };
    return (await connection.script<Answer>(REDIS_SCRIPTS.versions, keys, [])).versions;
  });
  const endings = createPolledEndings(() => {
    let cursor = "0";
    return async (onEnding) => {
      cursor = await deliver(onEnding, cursor);
    };
  });

  const queue = createStepQueue();

  const recordKey = (key: string): string => `${prefix}:r:${key}`;

  /**
   * Steps of this process on one record are made one after the other. Without this, the calls of a page, which all have
   * something to say of its session, would make each other begin anew again and again.
   */
  function change<T>(at: RecordAddress, step: (tables: StoreTransaction) => T): Promise<T> {
    const deadline = connection.newDeadline();
    return queue.run(at, () => transact(at, step, deadline));
  }

  /** Looks, makes the step, and writes; from the beginning where somebody else has written meanwhile. */
  async function transact<T>(
    { key, tombstones }: RecordAddress,
    step: (tables: StoreTransaction) => T,
    deadline = connection.newDeadline(),
  ): Promise<T> {
    const tombstoneKeys = tombstones.map((tombstone) => `${prefix}:t:${tombstone}`);
    for (;;) {
      const keys = [recordKey(key), ...tombstoneKeys];
      const look = await connection.script<RedisLook>(REDIS_SCRIPTS.load, keys, [], deadline);
      const { answer, written } = runOnLook({ tombstones }, look, step);
      if (written === undefined) return answer;
      const all = [recordKey(key), ...endingKeys, ...tombstoneKeys];
      const text = JSON.stringify(written);
      if (await connection.script<boolean>(REDIS_SCRIPTS.commit, all, [text], deadline)) return answer;
    }
  }

  async function deliver(onEnding: (ending: Ending) => void, cursor: string): Promise<string> {
    type Kept = Ending & { readonly keepUntil: number };
    type Page = { readonly now: number; readonly seq: string; readonly endings?: readonly string[] };
    let last = cursor;
    for (;;) {
      const page = await connection.script<Page>(REDIS_SCRIPTS.endings, endingKeys.slice(0, 1), [
        last,
        String(ENDINGS_BATCH),
      ]);
      for (const text of page.endings ?? []) {
        const { keepUntil, ...ending } = JSON.parse(text) as Kept;
        if (keepUntil > page.now) onEnding({ ...ending, keepMs: keepUntil - page.now });
      }
      last = page.seq;
      if ((page.endings?.length ?? 0) < ENDINGS_BATCH) return last;
    }
  }

  async function count(pattern: string): Promise<number> {
    const keys = new Set<string>();
    let cursor = "0";
    do {
      const reply = await connection.command("SCAN", cursor, "MATCH", pattern, "COUNT", "1000");
      const [next, found] = reply as [string, string[]];
      for (const key of found) keys.add(key);
      cursor = next;
    } while (cursor !== "0");
    return keys.size;
  }

  const store: RecordStore = {
    outlivesProcess: true,
    change: (at, _isDurable, work) => change(at, work),
    look: (at, work) => transact(at, work),
    onChange: (key, callBack) => changes.listen(recordKey(key), callBack),
    watchEndings: endings.watch,
    async stats() {
      const counts = await Promise.all([count(`${prefix}:r:*`), count(`${prefix}:t:*`)]);
      return { records: counts[0], tombstones: counts[1] };
    },
    async close() {
      endings.close();
      connection.close();
      changes.close();
    },
  };
  return createRecordLedger(store, SYSTEM_TIMERS);
}
