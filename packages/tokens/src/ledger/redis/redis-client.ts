import { keySlot } from "./key-slot.ts";

/** What this needs of a Redis client, as `createClient` of `redis` (node-redis) has it. */
export interface NodeRedisClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
  /** Only where replicas are waited for. */
  MULTI?(): NodeRedisPipeline;
}

interface NodeRedisPipeline {
  sendCommand(args: readonly string[]): unknown;
  execAsPipeline(): Promise<readonly unknown[]>;
}

/** The same of a Redis Cluster, as `createCluster` of `redis` has it. */
export interface NodeRedisCluster {
  readonly masters: readonly NodeRedisMaster[];
  /** By slot. */
  readonly slots: readonly { readonly master: NodeRedisMaster }[];
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: string[],
  ): Promise<unknown>;
}

interface NodeRedisMaster {
  /** `host:port`. */
  readonly address: string;
  readonly client?: NodeRedisClient | undefined;
}

/** The same of a Redis behind Sentinels, as `createSentinel` of `redis` has it; with one connection to the master, as is its default. */
export interface NodeRedisSentinel {
  getMasterNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
  MULTI(): NodeRedisPipeline;
}

/** What this needs of a Redis client, as `Redis` of `ioredis` has it, with Sentinels or without. */
export interface IoRedisClient {
  call(command: string, args: string[]): Promise<unknown>;
  /** Only where replicas are waited for. */
  pipeline?(commands: unknown[][]): { exec(): Promise<readonly (readonly unknown[])[] | null> };
}

/** The same of a Redis Cluster, as `Cluster` of `ioredis` has it. */
export interface IoRedisCluster extends IoRedisClient {
  /** By slot: addresses (`host:port`), the master's first. */
  readonly slots: readonly (readonly string[])[];
  nodes(role: "master"): readonly (IoRedisClient & {
    readonly options: { readonly host?: string | undefined; readonly port?: number | undefined };
  })[];
}

/** A connected client of either library, by structure. It is the caller's to open and to close. */
export type RedisClient =
  | NodeRedisClient
  | NodeRedisCluster
  | NodeRedisSentinel
  | IoRedisClient
  | IoRedisCluster;

type RedisClusterClient = NodeRedisCluster | IoRedisCluster;
/** One server at a time. */
type RedisNode = Exclude<RedisClient, RedisClusterClient>;

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
export function redisMasters(client: RedisClient): readonly RedisNode[] {
  return mastersOf(client).flatMap((master) => master.client ?? []);
}

/** The address (`host:port`) of the master that has the key, as far as the client knows; empty where there is one only. */
export function addressOfKey(client: RedisClient, key: string): string {
  if ("masters" in client) return client.slots[keySlot(key)]?.master.address ?? "";
  if ("nodes" in client) return client.slots[keySlot(key)]?.[0] ?? "";
  return "";
}

/** @returns `undefined`: the client has no connection to a master at this address */
export function redisMasterAt(client: RedisClient, address: string): RedisNode | undefined {
  return mastersOf(client).find((master) => master.address === address)?.client;
}

/** Whether `pipelineRedis` can send with it: what wraps a client may lack what that takes. */
export function canPipeline(node: RedisNode): boolean {
  return "pipeline" in node || "MULTI" in node;
}

/**
 * Sends commands one after the other over one and the same connection: where that is lost on the way, none of the others is sent
 * over another one.
 *
 * @returns their replies
 * @throws {Error} the first reply that is an error; the commands after it are executed nevertheless
 */
export async function pipelineRedis(
  node: RedisNode,
  commands: readonly (readonly string[])[],
): Promise<readonly unknown[]> {
  if ("call" in node) {
    const replies = await node.pipeline?.(commands.map((command) => ["call", ...command])).exec();
    return (replies ?? []).map(([error, reply]) => {
      if (error instanceof Error) throw error;
      return reply;
    });
  }
  const pipeline = node.MULTI?.();
  for (const command of commands) pipeline?.sendCommand([...command]);
  return (await pipeline?.execAsPipeline()) ?? [];
}

function mastersOf(
  client: RedisClient,
): readonly { readonly address: string; readonly client?: RedisNode | undefined }[] {
  if ("masters" in client) return client.masters;
  if (!("nodes" in client)) return [{ address: "", client }];
  return client
    .nodes("master")
    .map((node) => ({ address: `${node.options.host}:${node.options.port}`, client: node }));
}
