/** What this needs of a Redis client, as `createClient` of `redis` (node-redis) has it. */
export interface NodeRedisClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
}

/** The same of a Redis Cluster, as `createCluster` of `redis` has it. */
export interface NodeRedisCluster {
  readonly masters: readonly { readonly client?: NodeRedisClient | undefined }[];
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
  ): Promise<unknown>;
  MULTI(routing: string): { sendCommand(args: string[]): { execAsPipeline(): Promise<readonly unknown[]> } };
}

/** The same of a Redis behind Sentinels, as `createSentinel` of `redis` has it; with one connection to the master, as is its default. */
export interface NodeRedisSentinel {
  getMasterNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
}

/** What this needs of a Redis client, as `Redis` of `ioredis` has it, with Sentinels or without. */
export interface IoRedisClient {
  call(command: string, args: string[]): Promise<unknown>;
}

/** The same of a Redis Cluster, as `Cluster` of `ioredis` has it. */
export interface IoRedisCluster extends IoRedisClient {
  nodes(role: "master"): readonly IoRedisClient[];
  pipeline(commands: unknown[][]): { exec(): Promise<readonly (readonly unknown[])[] | null> };
}

/** A connected client of either library, by structure. It is the caller's to open and to close. */
export type RedisClient =
  | NodeRedisClient
  | NodeRedisCluster
  | NodeRedisSentinel
  | IoRedisClient
  | IoRedisCluster;

type RedisClusterClient = NodeRedisCluster | IoRedisCluster;

/** Whether keys lie on several nodes, so that a script may have keys of one slot only. */
export function isRedisCluster(client: RedisClient): client is RedisClusterClient {
  return "masters" in client || "nodes" in client;
}

/** @param key what decides which node of a cluster gets the command */
export function sendRedisCommand(
  client: RedisClient,
  key: string,
  args: readonly string[],
): Promise<unknown> {
  const [name = "", ...rest] = args;
  if ("call" in client) return client.call(name, rest);
  if ("masters" in client) return client.sendCommand(key, false, [...args]);
  if ("getMasterNode" in client) return client.sendCommand(false, [...args]);
  return client.sendCommand(args);
}

/** One client a master that has a part of the keys. */
export function redisMasters(client: RedisClient): readonly RedisClient[] {
  if ("nodes" in client) return client.nodes("master");
  if ("masters" in client) return client.masters.flatMap((master) => master.client ?? []);
  return [client];
}

/**
 * Waits until what this client has written so far is on replicas of the node that has the key, too.
 *
 * @returns on how many, after `ms` at most
 */
export async function waitForReplicas(
  client: RedisClient,
  key: string,
  replicas: number,
  ms: number,
): Promise<number> {
  const wait = ["WAIT", String(replicas), String(ms)];
  // WAIT names no key: in a cluster both libraries would send it elsewhere.
  if ("nodes" in client) {
    const replies = await client
      .pipeline([
        ["pttl", key],
        ["call", ...wait],
      ])
      .exec();
    const [error, count] = replies?.at(-1) ?? [];
    if (error instanceof Error) throw error;
    return Number(count ?? 0);
  }
  if ("masters" in client) {
    const [count] = await client.MULTI(key).sendCommand(wait).execAsPipeline();
    return Number(count);
  }
  return Number(await sendRedisCommand(client, key, wait));
}
