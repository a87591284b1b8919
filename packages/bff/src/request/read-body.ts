import { iterateBody } from "@coatcheck/proxy";
import type { PlainRequest } from "@coatcheck/proxy";
import { concatUint8Arrays } from "uint8array-extras";
import type { HeaderIndex } from "./header-index.ts";

export type BodyBytes =
  | { readonly kind: "read"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "too_large" }
  /** The connection broke before the body was whole. */
  | { readonly kind: "broken" };

/** Reads a body of at most `maxBytes`, whatever its `Content-Length` says; stops reading beyond. */
export async function readBody(
  body: PlainRequest["body"],
  headers: HeaderIndex,
  maxBytes: number,
): Promise<BodyBytes> {
  const declared = headers.get("content-length");
  if (declared !== undefined && Number(declared) > maxBytes) return { kind: "too_large" };
  if (body === null) return { kind: "read", bytes: new Uint8Array() };
  if (body instanceof Uint8Array)
    return body.byteLength > maxBytes ? { kind: "too_large" } : { kind: "read", bytes: body };
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of { [Symbol.asyncIterator]: () => iterateBody(body) }) {
      total += chunk.byteLength;
      if (total > maxBytes) return { kind: "too_large" };
      chunks.push(chunk);
    }
  } catch {
    // The sender went away: there is nobody to tell, and nothing was done yet.
    return { kind: "broken" };
  }
  return { kind: "read", bytes: concatUint8Arrays(chunks, total) };
}
