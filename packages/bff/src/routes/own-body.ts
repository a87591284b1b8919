import { OWN_BODY_BYTES } from "../request/limits.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { readBody } from "../request/read-body.ts";
import type { Access } from "../session/request-session.ts";

/**
 * Reads the JSON body of a route of ours; an empty one is `{}`.
 *
 * @param parse `undefined`: not a body that this route takes.
 */
export async function readOwnBody<Value>(
  { plain, headers }: BffRequest,
  parse: (json: unknown) => Value | undefined,
): Promise<Access<Value>> {
  const body = await readBody(plain.body, headers, OWN_BODY_BYTES);
  if (body.kind === "too_large") return { kind: "denied", problem: { code: "body_too_large" } };
  const value = body.kind === "read" ? parse(parseJson(body.bytes)) : undefined;
  return value === undefined
    ? { kind: "denied", problem: { code: "bad_request" } }
    : { kind: "granted", value };
}

/** @returns `undefined`, which no JSON is: not UTF-8, or not JSON. */
function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
