import { waitAtMost, type Timed } from "../../deadline.ts";
import { LEDGER_CALL_MS } from "../ledger.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { TokensError } from "../../tokens-error.ts";
import { isRedisCluster, sendRedisCommand, type RedisClient } from "./redis-client.ts";
import type { RunRedisScript, SendRedisCommand } from "./redis-script.ts";
import { createReplicatedWrites } from "./replicated-writes.ts";

/** A step counts when it is on so many replicas, too; where it isn't after `ms`, Redis counts as out of reach. */
export interface ReplicaWait {
  readonly replicas: number;
  readonly ms: number;
}

export interface RedisConnection {
  /**
   * What is sent for each of these groups of keys may be one script.
   *
   * @returns all of them together, or each apart in a cluster
   */
  groupsOf<K>(keys: readonly K[]): readonly (readonly K[])[];
  /** Runs a script and reads its answer, which is JSON. @throws {TokensError} as `bounded` */
  readonly script: CallRedisScript;
  /** The same for a script that writes: where replicas are waited for, they have it when it answers. */
  readonly write: CallRedisScript;
  /**
   * Does any work with Redis.
   *
   * @throws {TokensError} `ledger_unreachable` after 5 s at most, or when Redis refuses; `record_unreadable` for a value of another make
   */
  bounded<T>(what: string, work: () => Promise<T>, deadline?: number): Promise<T>;
  /** For several scripts of one call, which are to take 5 s together. */
  newDeadline(): number;
  close(): void;
}

type CallRedisScript = <T>(
  run: RunRedisScript,
  keys: readonly string[],
  args: readonly string[],
  deadline?: number,
) => Promise<T>;

/** Redis keeps the ledger's time; this one only bounds how long it is waited for. */
const CLOCK = { ...SYSTEM_TIMERS, monotonicMs: () => performance.now() };

export function createRedisConnection(client: RedisClient, wait?: ReplicaWait): RedisConnection {
  let isClosed = false;
  const send: SendRedisCommand = (key, command) => sendRedisCommand(client, key, command);

  /** Clients queue commands while they are offline, without any end: the bound is ours. */
  async function bounded<T>(what: string, work: () => Promise<T>, deadline = newDeadline()): Promise<T> {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    let timed: Timed<T>;
    try {
      timed = await waitAtMost(work(), deadline - CLOCK.monotonicMs(), CLOCK);
    } catch (error) {
      if (isReply(error, NO_SCRIPT) || error instanceof TokensError) throw error;
      const code = isReply(error, UNREADABLE) ? "record_unreadable" : "ledger_unreachable";
      const [word = ""] = isReply(error, REPLY) ? error.message.split(" ") : [];
      throw new TokensError(code, `Redis can't run ${what}${word === "" ? "" : ` (${word})`}`, {
        cause: error,
      });
    }
    if (timed.kind === "answer") return timed.value;
    throw new TokensError("ledger_unreachable", `Redis did not answer ${what}`);
  }

  function newDeadline(): number {
    return CLOCK.monotonicMs() + LEDGER_CALL_MS;
  }

  function caller(by: SendRedisCommand): CallRedisScript {
    return async <T>(
      run: RunRedisScript,
      keys: readonly string[],
      args: readonly string[],
      deadline = newDeadline(),
    ): Promise<T> => {
      const answer = await run(keys, args, (key, command) =>
        bounded(command[0] ?? "", () => by(key, command), deadline),
      );
      return JSON.parse(String(answer)) as T;
    };
  }

  return {
    newDeadline,
    bounded,
    groupsOf: (keys) => (isRedisCluster(client) ? keys.map((key) => [key]) : [keys]),
    script: caller(send),
    write: caller(wait === undefined ? send : createReplicatedWrites(client, wait)),
    close() {
      isClosed = true;
    },
  };
}

/** How answers of Redis that are errors begin; those of clients don't. */
const REPLY = /^[A-Z]{3,} /u;
const NO_SCRIPT = /^NOSCRIPT/u;
/** What lies at a key has another type, or a script can't make sense of it; everything else is the store's own trouble. */
const UNREADABLE = /^WRONGTYPE|^ERR (?!The user ).*user_script/u;

function isReply(error: unknown, pattern: RegExp): error is Error {
  return error instanceof Error && pattern.test(error.message);
}
