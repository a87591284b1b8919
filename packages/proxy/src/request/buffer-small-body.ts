import type { BodyStream } from "../http-message.ts";
import { iterateBody } from "../iterate-body.ts";
import type { Framing } from "./framing.ts";

/** Sending these twice has the same effect as sending them once. @see RFC 9110 section 9.2.2 */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const MAX_BUFFERED_BYTES = 64 * 1024;

/** Whether sending this method twice has the same effect as sending it once. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Whether a body is worth keeping, so that its call can be sent once more. */
export function isSmallAndIdempotent(method: string, framing: Framing): boolean {
  return isIdempotent(method) && framing.kind === "length" && framing.bytes <= MAX_BUFFERED_BYTES;
}

/** @returns `undefined` if the client broke off: its body isn't as long as it said. */
export async function bufferBody(
  body: BodyStream | Uint8Array<ArrayBuffer>,
  framing: Framing,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const lengthBytes = framing.kind === "length" ? framing.bytes : 0;
  if (body instanceof Uint8Array) return body.byteLength === lengthBytes ? body : undefined;
  const bytes = new Uint8Array(lengthBytes);
  const source = iterateBody(body);
  let offset = 0;
  try {
    for (let result = await source.next(); result.done !== true; result = await source.next()) {
      if (offset + result.value.byteLength > lengthBytes) return undefined;
      bytes.set(result.value, offset);
      offset += result.value.byteLength;
    }
  } catch {
    // The client's connection is gone: there is nobody to tell, and nothing was sent.
    return undefined;
  }
  return offset === lengthBytes ? bytes : undefined;
}
