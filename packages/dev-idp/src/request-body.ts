import type { IncomingMessage } from "node:http";

/**
 * Reads a body of at most `maxBytes`; `undefined` when it is larger. Rejects when the connection breaks.
 *
 * A larger one is read to its end and thrown away: without this, the next request on the connection would never be answered.
 */
export async function readRequestBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > maxBytes) chunks = [];
    else chunks.push(buffer);
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}
