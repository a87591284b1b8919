import { waitAtMost, type Timed } from "../../deadline.ts";
import { LEDGER_CALL_MS } from "../ledger.ts";
import { TokensError } from "../../tokens-error.ts";

/** What this needs of a Redis client, as `redis` (node-redis) has it. */
export interface NodeRedisClient {
  sendCommand(args: readonly string[]): Promise<unknown>;
}

/** What this needs of a Redis client, as `ioredis` has it. */
export interface IoRedisClient {
  call(command: string, args: string[]): Promise<unknown>;
}

/** A connected client of either library, by structure. It is the caller's to open and to close. */
export type RedisClient = NodeRedisClient | IoRedisClient;

export interface RedisConnection {
  /** @throws {TokensError} `ledger_unreachable` after 5 s at most */
  command(...args: readonly string[]): Promise<unknown>;
  /** Runs a script and reads its answer, which is JSON. @throws {TokensError} as `command` */
  script<T>(source: string, keys: readonly string[], args: readonly string[]): Promise<T>;
  close(): void;
}

const OLDEST_MAJOR = 7;

/** Redis keeps the ledger's time; this one only bounds how long it is waited for. */
const CLOCK = {
  monotonicMs: () => performance.now(),
  setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimeout: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

export function createRedisConnection(client: RedisClient): RedisConnection {
  const shas = new Map<string, Promise<string>>();
  let isClosed = false;

  function send(args: readonly string[]): Promise<unknown> {
    const [name = "", ...rest] = args;
    return "call" in client ? client.call(name, rest) : client.sendCommand(args);
  }

  /** Clients queue commands while they are offline, without any end: the bound is ours. */
  async function command(...args: readonly string[]): Promise<unknown> {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    let timed: Timed<unknown>;
    try {
      timed = await waitAtMost(send(args), LEDGER_CALL_MS, CLOCK);
    } catch (error) {
      if (isNoScript(error)) throw error;
      throw new TokensError("ledger_unreachable", `Redis can't run ${args[0]}`, { cause: error });
    }
    if (timed.kind === "answer") return timed.value;
    throw new TokensError("ledger_unreachable", `Redis did not answer ${args[0]}`);
  }

  function load(source: string): Promise<string> {
    const known = shas.get(source);
    if (known !== undefined) return known;
    const loading = command("SCRIPT", "LOAD", source).then(String);
    shas.set(source, loading);
    loading.catch(() => shas.delete(source));
    return loading;
  }

  return {
    command,
    async script<T>(source: string, keys: readonly string[], args: readonly string[]): Promise<T> {
      const rest = [String(keys.length), ...keys, ...args];
      const sha = await load(source);
      let answer: unknown;
      try {
        answer = await command("EVALSHA", sha, ...rest);
      } catch (error) {
        if (!isNoScript(error)) throw error;
        // Redis was restarted, or its scripts were flushed; this loads them again.
        answer = await command("EVAL", source, ...rest);
      }
      return JSON.parse(String(answer)) as T;
    },
    close() {
      isClosed = true;
    },
  };
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

/**
 * Checks that this Redis can hold a ledger.
 *
 * @throws {TokensError} `ledger_misconfigured` for a version before 7 or an eviction policy other than `noeviction`,
 * `ledger_unreachable` when it doesn't answer
 */
export async function checkRedis(connection: RedisConnection): Promise<void> {
  const server = String(await connection.command("INFO", "server"));
  const version = fieldOf(server, "redis_version") ?? "unknown";
  if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
    throw new TokensError(
      "ledger_misconfigured",
      `the ledger needs Redis ${OLDEST_MAJOR} or later, this is ${version}`,
    );
  }
  const memory = String(await connection.command("INFO", "memory"));
  const policy = fieldOf(memory, "maxmemory_policy") ?? "unknown";
  if (policy !== "noeviction") {
    throw new TokensError(
      "ledger_misconfigured",
      `the ledger needs "maxmemory-policy noeviction", this Redis has "${policy}": an evicted record loses a session`,
    );
  }
}

function fieldOf(info: string, name: string): string | undefined {
  const line = info.split(/\r?\n/u).find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
