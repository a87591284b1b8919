import { freePort } from "./free-port.ts";
import { redisCli, untilTrue } from "./redis-process.ts";
import { startRedisServer, type RedisServer } from "./redis-server.ts";

/** A Redis Cluster of real processes: three masters that have a third of the slots each, and a replica for each of them. */
export interface RedisCluster {
  /** The masters as it was set up, then their replicas in the same order. */
  readonly nodes: readonly RedisServer[];
  /** Which of the nodes is the master that has the slot of this key now. */
  ownerOf(key: string): Promise<number>;
  /**
   * Moves slots from one master to another while both work, as `redis-cli --cluster reshard` does.
   *
   * @param from @param to places in `nodes`
   */
  reshard(from: number, to: number, slots: number): Promise<void>;
  /** Resolves when another node is master of what this one had. */
  untilFailedOver(node: number): Promise<void>;
  /** Resolves when this node is a replica that has what its master has. */
  untilFollowing(node: number): Promise<void>;
  stop(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;
/** How long a node may be silent before the others take it for down. */
const NODE_TIMEOUT_MS = 1_500;

/** @param extra settings of each node, as on the command line */
export async function startRedisCluster(file: string, extra: readonly string[] = []): Promise<RedisCluster> {
  const places = Array.from({ length: 2 * MASTERS }, (_, place) => place);
  const busPorts: number[] = [];
  const nodes: RedisServer[] = [];
  const node = (place: number): RedisServer => {
    const found = nodes[place];
    if (found === undefined) throw new RangeError(`There is no node ${place}.`);
    return found;
  };
  const idOf = async (place: number): Promise<string> => (await node(place).cli("CLUSTER", "MYID")).trim();

  async function roleOf(place: number): Promise<string> {
    return (await node(place).cli("INFO", "replication")).match(/role:(\w+)/u)?.[1] ?? "";
  }

  async function untilAll(what: string, isSo: (place: number) => Promise<boolean>): Promise<void> {
    await Promise.all(places.map((place) => untilTrue(`node ${place}: ${what}`, () => isSo(place))));
  }

  async function setUp(): Promise<void> {
    const timeout = ["--cluster-node-timeout", String(NODE_TIMEOUT_MS)];
    while (nodes.length < places.length) {
      const busPort = await freePort();
      const own = ["--cluster-enabled", "yes", "--cluster-port", String(busPort), ...timeout];
      nodes.push(await startRedisServer(file, [...own, "--repl-diskless-sync-delay", "0", ...extra]));
      busPorts.push(busPort);
    }
    for (const place of places) {
      if (place < MASTERS) {
        const [first, last] = [place, place + 1].map((part) => Math.ceil((part * SLOTS) / MASTERS));
        await node(place).cli("CLUSTER", "ADDSLOTSRANGE", String(first), String((last ?? SLOTS) - 1));
      }
      await node(place).cli("CLUSTER", "SET-CONFIG-EPOCH", String(place + 1));
      const bus = String(busPorts[place]);
      if (place > 0) await node(0).cli("CLUSTER", "MEET", "127.0.0.1", String(node(place).port), bus);
    }
    const knowsAll = async (place: number): Promise<boolean> =>
      (await node(place).cli("CLUSTER", "INFO")).includes(`cluster_known_nodes:${places.length}`);
    await untilAll("knows all", knowsAll);
    for (const place of places.slice(MASTERS)) {
      await node(place).cli("CLUSTER", "REPLICATE", await idOf(place - MASTERS));
    }
    await untilAll("works", async (place) => {
      const isUp = (await node(place).cli("CLUSTER", "INFO")).includes("cluster_state:ok");
      if (place < MASTERS) return isUp;
      return isUp && (await isFollowing(node(place)));
    });
  }

  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((one) => one.stop())));
  try {
    await setUp();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    nodes,
    stop,
    async ownerOf(key) {
      for (const place of places) {
        // A master that doesn't have it says who does; one that is down says nothing.
        const reply = await node(place)
          .cli("GET", key)
          .catch(() => "MOVED");
        if (!/^(?:\(error\) )?MOVED/u.test(reply) && (await roleOf(place)) === "master") return place;
      }
      throw new Error(`Nobody has ${key}.`);
    },
    async reshard(from, to, slots) {
      const ids = ["--cluster-from", await idOf(from), "--cluster-to", await idOf(to)];
      const count = ["--cluster-slots", String(slots), "--cluster-yes"];
      const { port } = node(to);
      await redisCli(file, port, "--cluster", "reshard", `127.0.0.1:${port}`, ...ids, ...count);
    },
    async untilFailedOver(place) {
      const other = (place + MASTERS) % (2 * MASTERS);
      await untilTrue(`node ${other}: is master`, async () => (await roleOf(other)) === "master");
    },
    async untilFollowing(place) {
      await untilTrue(`node ${place}: follows`, () => isFollowing(node(place)));
    },
  };
}

/** Whether it is a replica whose master's data have arrived. */
export async function isFollowing(node: RedisServer): Promise<boolean> {
  return (await node.cli("INFO", "replication")).includes("master_link_status:up");
}
