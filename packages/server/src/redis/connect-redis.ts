import type { RedisClient } from "@coatcheck/tokens/redis";
import { createClient, createCluster, createSentinel, type RedisClientOptions } from "redis";
import type { RedisPlace } from "./redis-place.ts";

/** PEM: who vouches for Redis, and what this process shows it. */
export interface RedisTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What is noticed of the connections. */
export interface RedisReports {
  readonly lost: (error: unknown) => void;
  readonly back: () => void;
}

export interface OpenRedis {
  readonly client: RedisClient;
  /** Connections that begin later log in as it says. */
  renew(login: RedisLogins): void;
  close(): void;
}

type RedisLogins = Pick<RedisPlace, "username" | "password" | "sentinelLogin">;

const CONNECT_WITHIN_MS = 5_000;
const MAX_RECONNECT_PAUSE_MS = 1_000;
const FIRST_RECONNECT_PAUSE_MS = 50;
/** A master that is gone was replaced after about as long, at the earliest. */
const LOOK_FOR_OTHERS_MS = 500;

/** Connects, with connections that come back by themselves. @throws {Error} what the client says */
export async function connectRedis(
  place: RedisPlace,
  tls: RedisTls,
  reports: RedisReports,
): Promise<OpenRedis> {
  const { kind, nodes, database, masterName } = place;
  let newest: RedisLogins = place;
  const renew = (login: RedisLogins): void => void (newest = login);
  const secure = place.isTls ? ({ tls: true, ...definedOf(tls) } as const) : {};
  const socket = {
    connectTimeout: CONNECT_WITHIN_MS,
    reconnectStrategy: (retries: number) =>
      Math.min(MAX_RECONNECT_PAUSE_MS, FIRST_RECONNECT_PAUSE_MS * 2 ** Math.min(retries, 6)),
    ...secure,
  };
  const node = {
    credentialsProvider: askedFor(() => newest),
    database,
    // A command that was queued through an outage would take a claim for a request that was answered long ago.
    disableOfflineQueue: true,
  };

  if (kind === "cluster") {
    const cluster = createCluster({
      rootNodes: nodes.map((address) => ({ socket: { ...socket, ...address } })),
      defaults: { ...node, socket },
      topologyRefreshOnReconnectionAttemptStrategy: LOOK_FOR_OTHERS_MS,
    });
    cluster.on("error", reports.lost);
    cluster.on("node-error", reports.lost);
    cluster.on("node-ready", reports.back);
    return opened({ client: cluster, renew, close: () => cluster.destroy() }, cluster.connect());
  }
  if (kind === "sentinel") {
    const sentinel = createSentinel({
      name: masterName,
      sentinelRootNodes: [...nodes],
      nodeClientOptions: { ...node, socket },
      sentinelClientOptions: { credentialsProvider: askedFor(() => newest.sentinelLogin), socket },
    });
    sentinel.on("error", reports.lost);
    sentinel.on("client-error", ({ error }: { readonly error: unknown }) => reports.lost(error));
    sentinel.on("reconnecting", () => reports.lost(new Error("the connection to the master is lost")));
    sentinel.on("ready", reports.back);
    return opened({ client: sentinel, renew, close: () => void sentinel.destroy() }, sentinel.connect());
  }
  const [address] = nodes;
  return connectToOne({ ...node, socket: { ...socket, ...address } }, renew, reports);
}

/** One address, behind which another Redis may be master after a failover. */
async function connectToOne(
  options: RedisClientOptions,
  renew: OpenRedis["renew"],
  reports: RedisReports,
): Promise<OpenRedis> {
  let current = create();
  let isReplacing = false;

  function create() {
    const client = createClient(options);
    client.on("error", reports.lost);
    client.on("ready", reports.back);
    return client;
  }

  /** A replica keeps its connections: without this, a master that became one would be asked for ever. */
  async function replace(): Promise<void> {
    if (isReplacing) return;
    isReplacing = true;
    const next = create();
    try {
      await within(next.connect());
      const before = current;
      current = next;
      before.destroy();
    } catch (error) {
      if (next.isOpen) next.destroy();
      reports.lost(error);
    } finally {
      isReplacing = false;
    }
  }

  async function noticing<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("READONLY")) void replace();
      throw error;
    }
  }

  const client = {
    sendCommand: (args: readonly string[]): Promise<unknown> => noticing(current.sendCommand(args)),
    MULTI() {
      const pipeline = current.MULTI();
      return {
        sendCommand: (args: readonly string[]) => pipeline.sendCommand(args),
        execAsPipeline: (): Promise<readonly unknown[]> => noticing(pipeline.execAsPipeline()),
      };
    },
  };
  const close = (): void => {
    if (current.isOpen) current.destroy();
  };
  return opened({ client, renew, close }, current.connect());
}

async function opened(redis: OpenRedis, connecting: Promise<unknown>): Promise<OpenRedis> {
  try {
    await within(connecting);
    return redis;
  } catch (error) {
    redis.close();
    throw error;
  }
}

/** Each connection asks for its user and password when it begins: they may have been rotated meanwhile. */
function askedFor(login: () => RedisPlace["sentinelLogin"]) {
  return {
    type: "async-credentials-provider" as const,
    credentials: () => {
      const { username, password } = login();
      return Promise.resolve(definedOf({ username, password }));
    },
  };
}

/** A client tries again and again, without an end. */
async function within<T>(connecting: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("no answer")), CONNECT_WITHIN_MS);
  try {
    return await Promise.race([connecting, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function definedOf(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]: readonly [string, string | undefined]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
