import { stringToUint8Array, uint8ArrayToHex } from "uint8array-extras";

/** Sends one command to the node that has the key. */
export type SendRedisCommand = (key: string, args: readonly string[]) => Promise<unknown>;

/**
 * Runs this script by its hash; where a node doesn't know it (it is new, was restarted, or its scripts were flushed), by its text.
 *
 * @param keys at least one; in a cluster all of one slot
 * @returns as the script answers
 */
export type RunRedisScript = (
  keys: readonly string[],
  args: readonly string[],
  send: SendRedisCommand,
) => Promise<unknown>;

export function createRedisScript(source: string): RunRedisScript {
  let hash: Promise<string> | undefined;

  return async (keys, args, send) => {
    const [key = ""] = keys;
    const rest = [String(keys.length), ...keys, ...args];
    hash ??= sha1(source);
    try {
      return await send(key, ["EVALSHA", await hash, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return send(key, ["EVAL", source, ...rest]);
    }
  };
}

/** Redis names scripts so; it protects nothing. */
async function sha1(text: string): Promise<string> {
  return uint8ArrayToHex(new Uint8Array(await crypto.subtle.digest("SHA-1", stringToUint8Array(text))));
}
