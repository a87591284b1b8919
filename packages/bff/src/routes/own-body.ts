import { OWN_BODY_BYTES } from "../request/limits.ts";
import { problem } from "../request/answer.ts";
import type { Exchange } from "../request/exchange.ts";
import { readJsonBody } from "../request/read-body.ts";
import type { Access } from "../session/token-access.ts";

/**
 * Reads the JSON body of a route of ours; an empty one is `{}`.
 *
 * @param parse `undefined`: not a body that this route takes.
 */
export async function readOwnBody<Value>(
  exchange: Exchange,
  parse: (json: unknown) => Value | undefined,
): Promise<Access<Value>> {
  const body = await readJsonBody(exchange.request.body, exchange.headers, OWN_BODY_BYTES);
  if (body.kind === "too_large") return { kind: "denied", answer: problem({ code: "body_too_large" }) };
  const value = body.kind === "read" ? parse(body.value) : undefined;
  return value === undefined
    ? { kind: "denied", answer: problem({ code: "bad_request" }) }
    : { kind: "granted", value };
}
