import type {
  AcknowledgeAnswer,
  BuryAnswer,
  ClaimAnswer,
  EndAnswer,
  Ending,
  Ledger,
  PublishAnswer,
  RecordAddress,
  RecordView,
} from "../ledger.ts";
import { checkRedis, createRedisConnection, type RedisClient } from "./redis-connection.ts";
import { RECORD_SCRIPTS } from "./redis-record-scripts.ts";
import { STORE_SCRIPTS } from "./redis-store-scripts.ts";
import { createRedisWaits } from "./redis-waits.ts";
import { TokensError } from "../../tokens-error.ts";

export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis-connection.ts";

export interface RedisLedgerOptions {
  /** A client of `redis` or of `ioredis`, open. The ledger doesn't close it. */
  readonly client: RedisClient;
  /** Before every key. Default `coatcheck`. */
  readonly prefix?: string;
}

const ENDINGS_EVERY_MS = 500;
const ENDINGS_BATCH = 500;
const PROBE_KEEP_MS = 60_000;

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
  const waits = createRedisWaits(connection);
  const watches = new Set<() => void>();
  let isClosed = false;

  const recordKey = (at: RecordAddress): string => `${prefix}:r:${at.key}`;
  const tombstoneKey = (key: string): string => `${prefix}:t:${key}`;

  function run<T>(source: string, at: RecordAddress, request: unknown): Promise<T> {
    const keys = [recordKey(at), ...endingKeys, ...at.tombstones.map(tombstoneKey)];
    return connection.script<T>(source, keys, [JSON.stringify(at), JSON.stringify(request)]);
  }

  async function deliver(onEnding: (ending: Ending) => void, cursor: string): Promise<string> {
    type Stored = Ending & { readonly keepUntil: number };
    type Page = { readonly now: number; readonly seq: string; readonly endings?: readonly string[] };
    let last = cursor;
    for (;;) {
      const page = await connection.script<Page>(STORE_SCRIPTS.endings, endingKeys.slice(0, 1), [
        last,
        String(ENDINGS_BATCH),
      ]);
      for (const text of page.endings ?? []) {
        const { keepUntil, ...ending } = JSON.parse(text) as Stored;
        if (keepUntil > page.now) onEnding({ ...ending, keepMs: keepUntil - page.now });
      }
      last = page.seq;
      if ((page.endings?.length ?? 0) < ENDINGS_BATCH) return last;
    }
  }

  return {
    outlivesProcess: true,
    claim: (at, request) => run<ClaimAnswer>(RECORD_SCRIPTS.claim, at, request),
    wait(at, request) {
      const isPending = (): Promise<boolean> => run<boolean>(RECORD_SCRIPTS.isPending, at, request);
      return waits.wait(recordKey(at), isPending, request.timeoutMs);
    },
    renew: (at, request) => run<boolean>(RECORD_SCRIPTS.renew, at, request),
    publish: (at, request) => run<PublishAnswer>(RECORD_SCRIPTS.publish, at, request),
    async release(at, request) {
      await run(RECORD_SCRIPTS.release, at, request);
    },
    bury: (at, request) => run<BuryAnswer>(RECORD_SCRIPTS.bury, at, request),
    acknowledge: (at, request) => run<AcknowledgeAnswer>(RECORD_SCRIPTS.acknowledge, at, request),
    read: (at, generation) => run<RecordView>(RECORD_SCRIPTS.read, at, { generation }),
    end: (at, request) => run<EndAnswer>(RECORD_SCRIPTS.end, at, request),
    async entomb(request) {
      const keys = [tombstoneKey(request.key), ...endingKeys];
      await connection.script(STORE_SCRIPTS.entomb, keys, [JSON.stringify(request)]);
    },
    watchEndings(onEnding, onHealth) {
      const ready = Promise.withResolvers<void>();
      let cursor = "0";
      let isStopped = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      async function look(): Promise<void> {
        try {
          cursor = await deliver(onEnding, cursor);
          onHealth?.(true);
          ready.resolve();
        } catch (error) {
          if (error instanceof TokensError && error.code === "ledger_closed") return;
          // Out of reach: looked at again, for as long as it takes.
          onHealth?.(false);
        }
        if (isStopped || isClosed) return;
        timer = setTimeout(() => void look(), ENDINGS_EVERY_MS);
        unref(timer);
      }
      const stop = (): void => {
        isStopped = true;
        clearTimeout(timer);
        watches.delete(stop);
      };
      watches.add(stop);
      void look();
      return { ready: ready.promise, stop };
    },
    async probe() {
      const key = `${prefix}:probe`;
      await connection.command("SET", key, "1", "PX", String(PROBE_KEEP_MS));
      await connection.command("GET", key);
    },
    async stats() {
      const counts = await Promise.all([count(`${prefix}:r:*`), count(`${prefix}:t:*`)]);
      return { records: counts[0], tombstones: counts[1] };
    },
    async close() {
      isClosed = true;
      for (const stop of watches) stop();
      waits.close();
      connection.close();
    },
  };

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
}

/** A timer that only looks around shouldn't keep the process alive. */
function unref(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}
