import type { Writable } from "node:stream";

const CHUNK = Buffer.alloc(64 * 1024, "x");

/** Writes so many bytes, no faster than they are taken, unless the other side leaves. @param count may be `Infinity` */
export async function writeBytes(stream: Writable, count: number): Promise<void> {
  for (let left = count; left > 0 && !stream.destroyed; left -= CHUNK.length) {
    const chunk = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
    // The call comes back when the bytes are out, or can't go out any more.
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
  }
}
