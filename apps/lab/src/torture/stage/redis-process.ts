import { sleep } from "./sleep.ts";
import {
  findRedisServer,
  startRedisCluster,
  startRedisSentinels,
  startRedisServer,
} from "@coatcheck/testkit/node";

/** A Redis of one's own on a free loopback port, which keeps what it acknowledged (`appendfsync always`). */
export interface RedisProcess {
  readonly url: string;
  /** Ends it and starts it again on the same port, with its data. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  stop(): Promise<void>;
}

const KEEPING = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];

/** Several Redis of one's own, of which replicas follow the masters. */
export interface RedisFleet {
  /** As `LEDGER_REDIS_URL` takes it. */
  readonly url: string;
  /** The URLs of those that are masters now. */
  masters(): Promise<readonly string[]>;
  /**
   * Kills a master, waits until a replica has taken over, and brings the killed one back as a replica.
   *
   * @param behindMs only of a cluster: for so long the replica was cut off before
   */
  failOver(behindMs?: number): Promise<void>;
  /** Only of a cluster: moves slots from one master to another. */
  reshard(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws {Error} if `redis-server` isn't on the PATH or doesn't start */
export async function startRedisProcess(): Promise<RedisProcess> {
  const server = await startRedisServer(await findRedis(), KEEPING);
  return { url: server.url, restart: (signal) => server.restart({ signal }), stop: () => server.stop() };
}

const MOVED_SLOTS = 1_000;
const MASTERS = 3;

/** As {@link startRedisProcess}, a cluster. */
export async function startClusterProcesses(more: readonly string[] = []): Promise<RedisFleet> {
  const cluster = await startRedisCluster(await findRedis(), [
    ...KEEPING,
    ...more,
    "--cluster-require-full-coverage",
    "no",
  ]);
  const hosts = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
  let failovers = 0;
  let moves = 0;
  /** Who is master of each third now: its first master, or that one's replica. */
  const masters = Array.from({ length: MASTERS }, (_, third) => third);
  return {
    url: `redis+cluster://${hosts}`,
    masters: async () => masters.flatMap((node) => cluster.nodes[node]?.url ?? []),
    async failOver(behindMs = 0) {
      const third = failovers % MASTERS;
      failovers += 1;
      const master = masters[third] ?? third;
      const replica = cluster.nodes[(master + MASTERS) % (2 * MASTERS)];
      if (behindMs > 0) {
        replica?.freeze();
        await cluster.nodes[master]?.cli("CLIENT", "KILL", "TYPE", "replica");
        await sleep(behindMs);
      }
      await cluster.nodes[master]?.kill();
      replica?.thaw();
      await cluster.untilFailedOver(master);
      masters[third] = (master + MASTERS) % (2 * MASTERS);
      await cluster.nodes[master]?.restart();
      await cluster.untilFollowing(master);
    },
    async reshard() {
      const [from, to] = [moves % MASTERS, (moves + 1) % MASTERS];
      moves += 1;
      await cluster.reshard(masters[from] ?? from, masters[to] ?? to, MOVED_SLOTS);
    },
    stop: () => cluster.stop(),
  };
}

/** As {@link startRedisProcess}, a master with replicas and Sentinels. */
export async function startSentinelProcesses(): Promise<RedisFleet> {
  const sentinels = await startRedisSentinels(await findRedis(), KEEPING);
  const hosts = sentinels.ports.map((port) => `127.0.0.1:${port}`).join(",");
  return {
    url: `redis+sentinel://${hosts}/${sentinels.name}`,
    masters: async () => [`redis://127.0.0.1:${await sentinels.masterPort()}`],
    async failOver() {
      const port = await sentinels.masterPort();
      const master = sentinels.nodes.find((node) => node.port === port);
      await master?.kill();
      await sentinels.untilFailedOver(port);
      await master?.restart();
      await sentinels.untilFollowing(port);
    },
    reshard: () => Promise.reject(new Error("There are no slots without a cluster.")),
    stop: () => sentinels.stop(),
  };
}

async function findRedis(): Promise<string> {
  const file = await findRedisServer(process.env["PATH"]);
  if (file === undefined) throw new Error("redis-server can't be started: is it on the PATH?");
  return file;
}
