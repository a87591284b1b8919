import { TokensError } from "../../tokens-error.ts";
import {
  addressOfKey,
  canPipeline,
  pipelineRedis,
  redisMasterAt,
  redisMasters,
  type RedisClient,
} from "./redis-client.ts";
import type { SendRedisCommand } from "./redis-script.ts";

interface Write {
  readonly command: readonly string[];
  /** How often a node of a cluster has said that another one has the key. */
  readonly redirections: number;
  readonly isAsking: boolean;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So often clients of a cluster follow by default. */
const MAX_REDIRECTIONS = 16;
/** What Redis has against one command and not against all of them. */
const OF_ONE_COMMAND = /^(?:MOVED|ASK|TRYAGAIN|WRONGTYPE|ERR) /u;
/** Against all that name a script by its hash: each sends the text now. */
const NO_SCRIPT = /^NOSCRIPT/u;
const ELSEWHERE = /^(?<word>MOVED|ASK) \d+ (?<address>\S+)/u;

/**
 * Sends commands that write, and answers when their node's replicas have them, too.
 *
 * `WAIT` holds up its connection, and speaks of everything that this has written before. So all that comes while one `WAIT` is on
 * its way goes in one batch to the node afterwards, with one `WAIT` behind it: that many steps at once cost hardly more than one.
 * A batch and its `WAIT` never go over two connections: the second would know of no write, and answer at once.
 *
 * @param wait where fewer replicas than these have it after `ms`, the command fails with `ledger_unreachable`. It was executed.
 * @throws {TokensError} `ledger_misconfigured`: what wraps the client can't send several commands over one connection
 */
export function createReplicatedWrites(
  client: RedisClient,
  { replicas, ms }: { readonly replicas: number; readonly ms: number },
): SendRedisCommand {
  if (!redisMasters(client).every(canPipeline)) {
    const message =
      "waiting for replicas needs MULTI (redis) or pipeline (ioredis) of the client that it is given";
    throw new TokensError("ledger_misconfigured", message);
  }
  /** What comes next, for each address that has a batch on its way. */
  const waiting = new Map<string, Write[]>();

  function add(address: string, write: Write): void {
    const others = waiting.get(address);
    if (others !== undefined) {
      others.push(write);
      return;
    }
    waiting.set(address, []);
    void sendBatches(address, [write]);
  }

  async function sendBatches(address: string, first: readonly Write[]): Promise<void> {
    for (let batch = first; batch.length > 0;) {
      await send(address, batch);
      batch = waiting.get(address) ?? [];
      if (batch.length > 0) waiting.set(address, []);
    }
    waiting.delete(address);
  }

  async function send(address: string, batch: readonly Write[]): Promise<void> {
    try {
      const node = redisMasterAt(client, address);
      if (node === undefined) throw new Error("no connection to the master");
      const commands = batch.flatMap(({ isAsking, command }) =>
        isAsking ? [["ASKING"], command] : [command],
      );
      const replies = await pipelineRedis(node, [...commands, ["WAIT", String(replicas), String(ms)]]);
      const count = Number(replies.at(-1));
      if (!(count >= replicas)) {
        const message = `a write is on ${count} of ${replicas} replicas after ${ms} ms`;
        throw new TokensError("ledger_unreachable", message);
      }
      let place = 0;
      for (const { isAsking, resolve } of batch) {
        if (isAsking) place += 1;
        resolve(replies[place]);
        place += 1;
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      const [write] = batch;
      if (batch.length > 1 && OF_ONE_COMMAND.test(message)) {
        // Only the first error is known: each again on its own, as every write may be repeated.
        for (const one of batch) await send(address, [one]);
        return;
      }
      const texts = NO_SCRIPT.test(message) ? batch.filter(({ command }) => command[0] === "EVAL") : [];
      if (texts.length > 0 && texts.length < batch.length) {
        for (const one of batch) if (!texts.includes(one)) one.reject(error);
        await send(address, texts);
        return;
      }
      const { word, address: to } = ELSEWHERE.exec(message)?.groups ?? {};
      if (
        batch.length === 1 &&
        write !== undefined &&
        to !== undefined &&
        write.redirections < MAX_REDIRECTIONS
      ) {
        add(to, { ...write, isAsking: word === "ASK", redirections: write.redirections + 1 });
        return;
      }
      for (const { reject } of batch) reject(error);
    }
  }

  return (key, command) =>
    new Promise((resolve, reject) => {
      add(addressOfKey(client, key), { command, redirections: 0, isAsking: false, resolve, reject });
    });
}
