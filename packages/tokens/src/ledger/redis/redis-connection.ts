import { waitAtMost, type Timed } from "../../deadline.ts";
import { LEDGER_CALL_MS } from "../ledger.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
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
  /** @throws {TokensError} `ledger_unreachable` after 5 s at most, or when Redis refuses; `record_unreadable` for a value of another make */
  command(...args: readonly string[]): Promise<unknown>;
  /** Runs a script and reads its answer, which is JSON. @throws {TokensError} as `command`, and within the same 5 s */
  script<T>(source: string, keys: readonly string[], args: readonly string[], deadline?: number): Promise<T>;
  /** For several scripts of one call, which are to take 5 s together. */
  newDeadline(): number;
  close(): void;
}

const OLDEST_MAJOR = 7;

/** Redis keeps the ledger's time; this one only bounds how long it is waited for. */
const CLOCK = { ...SYSTEM_TIMERS, monotonicMs: () => performance.now() };

export function createRedisConnection(client: RedisClient): RedisConnection {
  const loaded = new Map<string, string>();
  let isClosed = false;

  function send(args: readonly string[]): Promise<unknown> {
    const [name = "", ...rest] = args;
    return "call" in client ? client.call(name, rest) : client.sendCommand(args);
  }

  /** Clients queue commands while they are offline, without any end: the bound is ours. */
  async function sendBefore(deadline: number, args: readonly string[]): Promise<unknown> {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    let timed: Timed<unknown>;
    try {
      timed = await waitAtMost(send(args), deadline - CLOCK.monotonicMs(), CLOCK);
    } catch (error) {
      if (isReply(error, NO_SCRIPT)) throw error;
      const code = isReply(error, UNREADABLE) ? "record_unreadable" : "ledger_unreachable";
      throw new TokensError(code, `Redis can't run ${args[0]}`, { cause: error });
    }
    if (timed.kind === "answer") return timed.value;
    throw new TokensError("ledger_unreachable", `Redis did not answer ${args[0]}`);
  }

  function newDeadline(): number {
    return CLOCK.monotonicMs() + LEDGER_CALL_MS;
  }

  return {
    newDeadline,
    command: (...args) => sendBefore(newDeadline(), args),
    async script<T>(
      source: string,
      keys: readonly string[],
      args: readonly string[],
      deadline = newDeadline(),
    ): Promise<T> {
      const rest = [String(keys.length), ...keys, ...args];
      const sha = loaded.get(source) ?? String(await sendBefore(deadline, ["SCRIPT", "LOAD", source]));
      loaded.set(source, sha);
      let answer: unknown;
      try {
        answer = await sendBefore(deadline, ["EVALSHA", sha, ...rest]);
      } catch (error) {
        if (!isReply(error, NO_SCRIPT)) throw error;
        // Redis was restarted, or its scripts were flushed; this loads them again.
        answer = await sendBefore(deadline, ["EVAL", source, ...rest]);
      }
      return JSON.parse(String(answer)) as T;
    },
    close() {
      isClosed = true;
    },
  };
}

const NO_SCRIPT = /^NOSCRIPT/;
/** What lies at a key has another type, or a script can't make sense of it; everything else is the store's own trouble. */
const UNREADABLE = /^WRONGTYPE|^ERR .*user_script/;

function isReply(error: unknown, pattern: RegExp): boolean {
  return error instanceof Error && pattern.test(error.message);
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
