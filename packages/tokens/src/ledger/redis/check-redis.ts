import { TokensError } from "../../tokens-error.ts";
import { isRedisCluster, redisMasters, sendRedisCommand, type RedisClient } from "./redis-client.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { REDIS_SCRIPTS } from "./redis-scripts.ts";

const OLDEST_MAJOR = 7;
const DENIED = /^NOPERM|^NOAUTH|^WRONGPASS|^ERR The user /u;

/**
 * Checks that this Redis can hold a ledger: each of its masters.
 *
 * @param anyKey one of the ledger's
 * @throws {TokensError} `ledger_misconfigured` for a version before 7, an eviction policy other than `noeviction`, a user without
 * the rights to look, or a cluster whose client isn't one; `ledger_unreachable` when it doesn't answer
 */
export async function checkRedis(
  client: RedisClient,
  connection: RedisConnection,
  anyKey: string,
): Promise<void> {
  function ask(section: string): Promise<readonly unknown[]> {
    const asked = () =>
      redisMasters(client).map((master) => sendRedisCommand(master, anyKey, ["INFO", section]));
    return connection.bounded("INFO", () => Promise.all(asked()));
  }

  try {
    for (const info of await ask("server")) checkServer(String(info), isRedisCluster(client));
    for (const info of await ask("memory")) checkMemory(String(info));
    await connection.script(REDIS_SCRIPTS.versions, [anyKey], []);
  } catch (error) {
    const cause = error instanceof TokensError ? error.cause : undefined;
    if (!(cause instanceof Error) || !DENIED.test(cause.message)) throw error;
    throw refusal("the ledger's user may not do what it has to; see ACL in the guide to Redis", error);
  }
}

function checkServer(info: string, isCluster: boolean): void {
  const version = fieldOf(info, "redis_version");
  if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
    throw refusal(`the ledger needs Redis ${OLDEST_MAJOR} or later, this is ${version}`);
  }
  // Valkey calls itself a Redis of that version, but has a name of its own for this.
  const modes = [fieldOf(info, "redis_mode"), fieldOf(info, "server_mode")];
  if (!isCluster && modes.includes("cluster")) {
    throw refusal(
      "this Redis is a part of a cluster: use redis+cluster://, or a client made by createCluster() of redis or Cluster of ioredis",
    );
  }
}

function checkMemory(info: string): void {
  const policy = fieldOf(info, "maxmemory_policy");
  if (policy !== "noeviction") {
    throw refusal(
      `the ledger needs "maxmemory-policy noeviction", this Redis has "${policy}": an evicted record loses a session`,
    );
  }
}

function refusal(message: string, cause?: unknown): TokensError {
  return new TokensError("ledger_misconfigured", message, { cause });
}

function fieldOf(info: string, name: string): string {
  const line = info.split(/\r?\n/u).find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? "unknown";
}
