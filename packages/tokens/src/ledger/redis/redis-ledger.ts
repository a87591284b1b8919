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
import type { Ledger, RecordAddress } from "../ledger.ts";
import { createPolledChanges } from "../polled-changes.ts";
import { createPolledEndings } from "../polled-endings.ts";
import { createRecordLedger, type RecordStore, type StoreTransaction } from "../record-ledger.ts";
import { createStepQueue } from "../step-queue.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { checkRedis } from "./check-redis.ts";
import { createEndingsFeed } from "./endings-feed.ts";
import { isRedisCluster, redisMasters, sendRedisCommand, type RedisClient } from "./redis-client.ts";
import { createRedisConnection, type ReplicaWait } from "./redis-connection.ts";
import { REDIS_SCRIPTS } from "./redis-scripts.ts";
import { runOnLook, type RedisLook } from "./redis-transaction.ts";

export { createRedisScript, type RunRedisScript, type SendRedisCommand } from "./redis-script.ts";
export {
  sendRedisCommand,
  type IoRedisClient,
  type IoRedisCluster,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  type RedisClient,
} from "./redis-client.ts";

export interface RedisLedgerOptions {
  /** A client of `redis` or of `ioredis`, open: of one Redis, of a Redis Cluster, or of Sentinels. The ledger doesn't close it. */
  readonly client: RedisClient;
  /** Before every key. Default `coatcheck`. */
  readonly prefix?: string;
  /**
   * A step counts only when it is on so many replicas, too; where it isn't after `ms`, Redis counts as out of reach. A failover to one of
   * these replicas then loses nothing that a step has answered; a step takes a round trip to a replica longer, which steps at the
   * same time share.
   *
   * Default: none. Replication isn't waited for.
   */
  readonly wait?: ReplicaWait;
}

/** So many keys lie on more than one node, whatever the prefix is. */
const CLUSTER_PROBES = 8;

/**
 * A ledger in Redis, 7 or later, or in a Redis Cluster: for many machines.
 *
 * Redis counts the time. Every key has a lifetime, and every script touches keys of one slot. A Redis that loses acknowledged
 * writes (no append-only file, a failover) loses sessions that were refreshed just before.
 *
 * @throws {TokensError} `ledger_misconfigured` (version, eviction policy, rights, a client that isn't a cluster's for a cluster)
 * or `ledger_unreachable`
 */
export async function createRedisLedger(options: RedisLedgerOptions): Promise<Ledger> {
  const { client, prefix = "coatcheck", wait } = options;
  const connection = createRedisConnection(client, wait);
  const recordKey = (key: string): string => `${prefix}:r:${key}`;
  await checkRedis(client, connection, recordKey("probe:"));
  const changes = createPolledChanges(async (keys) => {
    type Answer = { readonly versions: readonly string[] };
    const answers = connection
      .groupsOf(keys)
      .map((group) => connection.script<Answer>(REDIS_SCRIPTS.versions, group, []));
    return (await Promise.all(answers)).flatMap(({ versions }) => versions);
  });
  const feed = createEndingsFeed(connection, `${prefix}:endings`, (key) =>
    transact({ key, tombstones: [] }, (tables) => tables.record(key)?.ended !== undefined, false),
  );
  const endings = createPolledEndings(() => feed.newDelivery());

  /** The record and its tombstones, which may change one after the other: see `transact`. */
  async function look({ key, tombstones }: Place, deadline: number): Promise<RedisLook> {
    type Found = readonly string[] | readonly [iat: string, leftMs: number];
    const places = [
      { key: recordKey(key), kind: "record" },
      ...tombstones.map((tombstone) => ({ key: `${prefix}:t:${tombstone}`, kind: "tombstone" })),
    ];
    const looks = await Promise.all(
      connection.groupsOf(places).map((group) =>
        connection.script<{ readonly now: number; readonly found: readonly Found[] }>(
          REDIS_SCRIPTS.load,
          group.map((place) => place.key),
          group.map((place) => place.kind),
          deadline,
        ),
      ),
    );
    const [record, ...others] = looks.flatMap(({ found }) => found);
    return {
      now: looks[0]?.now ?? 0,
      // An empty list of Lua is an empty object of JSON.
      hash: Array.isArray(record) ? (record as readonly string[]) : [],
      tombstones: others as RedisLook["tombstones"],
    };
  }

  const queue = createStepQueue();

  /**
   * Steps of this process on one record are made one after the other. Without this, the calls of a page, which all have
   * something to say of its session, would make each other begin anew again and again.
   */
  function change<T>(at: RecordAddress, step: (tables: StoreTransaction) => T): Promise<T> {
    const deadline = connection.newDeadline();
    return queue.run(at, () => transact(at, step, true, deadline));
  }

  /**
   * Looks, makes the step, and writes; from the beginning where somebody else has written the record meanwhile.
   *
   * A tombstone that is set between look and write is as one that is set just afterwards: `iat` and lifetime never fall, and
   * every later step sees it.
   */
  async function transact<T>(
    at: Place,
    step: (tables: StoreTransaction) => T,
    isChange = true,
    deadline = connection.newDeadline(),
  ): Promise<T> {
    for (;;) {
      const seen = await look(at, deadline);
      const { answer, record, tombstone, endings: ended } = runOnLook(at, seen, step);
      if (record !== undefined) {
        await feed.announce(ended, deadline);
        const written = await connection.write<number | false>(
          REDIS_SCRIPTS.commit,
          [recordKey(at.key)],
          [JSON.stringify(record)],
          deadline,
        );
        if (written === false) continue;
        // It has ended, whether the feed can be reached or not: who sees the announcement appends it.
        await feed.append(ended, deadline).catch(() => undefined);
      }
      if (tombstone !== undefined) {
        // First to the processes: should the tombstone fail, what the provider wants ended has ended for most.
        await feed.append(ended, deadline);
        await connection.write(
          REDIS_SCRIPTS.entomb,
          [`${prefix}:t:${tombstone.key}`],
          [tombstone.iat, String(Math.ceil(tombstone.keepMs))],
          deadline,
        );
      }
      const isFound = isChange && record === undefined && tombstone === undefined;
      if (wait !== undefined && isFound) {
        // What is there may be of a step that failed only in its wait for replicas.
        const kept = await connection.write<number>(REDIS_SCRIPTS.confirm, [recordKey(at.key)], [], deadline);
        // A master that has taken over knows less: the step is made again on what it knows.
        if (kept < versionOf(seen)) continue;
      }
      return answer;
    }
  }

  /** Walks through all keys: on request only. */
  async function count(pattern: string): Promise<number> {
    const counts = redisMasters(client).map((master) => countOn(master, pattern));
    return (await Promise.all(counts)).reduce((sum, own) => sum + own, 0);
  }

  async function countOn(master: RedisClient, pattern: string): Promise<number> {
    const keys = new Set<string>();
    let cursor = "0";
    do {
      const args = ["SCAN", cursor, "MATCH", pattern, "COUNT", "1000"];
      const reply = await connection.bounded("SCAN", () => sendRedisCommand(master, "", args));
      const [next, found] = reply as [string, string[]];
      for (const key of found) keys.add(key);
      cursor = next;
    } while (cursor !== "0");
    return keys.size;
  }

  const store: RecordStore = {
    outlivesProcess: true,
    // One master that is down takes its own sessions along, and no others.
    probePlaces: isRedisCluster(client) ? CLUSTER_PROBES : 1,
    change: (at, _isDurable, work) => change(at, work),
    look: (at, work) => transact(at, work, false),
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

/** 0: there is no record. */
function versionOf({ hash }: RedisLook): number {
  return Number(hash[hash.indexOf("v") + 1] ?? 0);
}

type Place = Pick<RecordAddress, "key" | "tombstones">;
