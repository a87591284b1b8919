import { type PlainRequest, valuesOf } from "../http-message.ts";

/** How long the body of a request is. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

/**
 * Reads the framing of a request; `undefined` if it is contradictory or malformed, so that nobody downstream reads it otherwise.
 *
 * @see RFC 9112 section 6.3
 */
export function parseFraming({ method, headers, body }: PlainRequest): Framing | undefined {
  const lengths = valuesOf(headers, "content-length");
  const codings = valuesOf(headers, "transfer-encoding");
  const isBodiless = method === "GET" || method === "HEAD";
  if (lengths.length + codings.length > 1) return undefined;
  const length = lengths[0]?.trim();
  if (length !== undefined) {
    if (!/^\d{1,15}$/u.test(length)) return undefined;
    const bytes = Number(length);
    if (bytes === 0) return { kind: "none" };
    return isBodiless || body === null ? undefined : { kind: "length", bytes };
  }
  const coding = codings[0]?.trim().toLowerCase();
  if (coding !== undefined && (coding !== "chunked" || isBodiless)) return undefined;
  // Without either header HTTP/1.1 has no body; HTTP/2 may have one.
  return body === null || isBodiless ? { kind: "none" } : { kind: "chunked" };
}
