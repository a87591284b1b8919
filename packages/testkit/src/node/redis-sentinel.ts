import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { launchRedis, redisCli, untilTrue, type LaunchedRedis } from "./redis-process.ts";
import { isFollowing } from "./redis-cluster.ts";
import { startRedisServer, type RedisServer } from "./redis-server.ts";

/** A Redis behind Sentinels, of real processes: a master, two replicas, three Sentinels. */
export interface RedisSentinels {
  /** What the Sentinels call the master. */
  readonly name: string;
  /** Where the Sentinels listen, on 127.0.0.1. */
  readonly ports: readonly number[];
  /** The master as it was set up, then its replicas. */
  readonly nodes: readonly RedisServer[];
  /** The port of the node that the Sentinels take for the master. */
  masterPort(): Promise<number>;
  /** Resolves when the Sentinels have another master than this one. */
  untilFailedOver(port: number): Promise<void>;
  /** Resolves when the node at this port is a replica that has what the master has. */
  untilFollowing(port: number): Promise<void>;
  stop(): Promise<void>;
}

const NAME = "coats";
const SENTINELS = 3;
const REPLICAS = 2;
const DOWN_AFTER_MS = 1_000;
const FAILOVER_TIMEOUT_MS = 5_000;

/** @param extra settings of master and replicas, as on the command line */
export async function startRedisSentinels(
  file: string,
  extra: readonly string[] = [],
): Promise<RedisSentinels> {
  const quick = ["--repl-diskless-sync-delay", "0", ...extra];
  const master = await startRedisServer(file, quick);
  const follow = ["--replicaof", `127.0.0.1 ${master.port}`];
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => startRedisServer(file, [...quick, ...follow])),
  );
  const nodes = [master, ...replicas];
  await Promise.all(replicas.map((replica) => untilTrue("a replica follows", () => isFollowing(replica))));
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-sentinel-"));
  const ports: number[] = [];
  const sentinels: LaunchedRedis[] = [];
  for (let place = 0; place < SENTINELS; place += 1) {
    const port = await freePort();
    const configuration = join(folder, `${port}.conf`);
    await writeFile(
      configuration,
      [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${folder}`,
        `sentinel monitor ${NAME} 127.0.0.1 ${master.port} ${Math.ceil(SENTINELS / 2)}`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
        "",
      ].join("\n"),
    );
    sentinels.push(await launchRedis(file, [configuration, "--sentinel"]));
    ports.push(port);
  }
  const ask = (...command: readonly string[]): Promise<string> => redisCli(file, ports[0] ?? 0, ...command);
  await untilTrue("the Sentinels know each other and the replicas", async () => {
    const info = await ask("INFO", "sentinel");
    return info.includes(`slaves=${REPLICAS},sentinels=${SENTINELS}`);
  });

  async function masterPort(): Promise<number> {
    const [, port = ""] = (await ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)).trim().split("\n");
    return Number(port);
  }

  return {
    name: NAME,
    ports,
    nodes,
    masterPort,
    async untilFailedOver(port) {
      await untilTrue("another master", async () => (await masterPort()) !== port);
    },
    async untilFollowing(port) {
      const node = nodes.find((one) => one.port === port) ?? master;
      await untilTrue("the old master follows", () => isFollowing(node));
    },
    async stop() {
      await Promise.all(sentinels.map((sentinel) => sentinel.end("SIGKILL")));
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
