import { OWN_BODY_BYTES } from "../request/limits.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { readJsonBody } from "../request/read-body.ts";
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
  const body = await readJsonBody(plain.body, headers, OWN_BODY_BYTES);
  if (body.kind === "too_large") return { kind: "denied", problem: { code: "body_too_large" } };
  const value = body.kind === "read" ? parse(body.value) : undefined;
  return value === undefined
    ? { kind: "denied", problem: { code: "bad_request" } }
    : { kind: "granted", value };
}
