import { isIdempotent } from "@coatcheck/proxy";
import type { PlainRequest } from "@coatcheck/proxy";
import { MAX_REPLAYED_BODY_BYTES } from "../request/limits.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { readBody } from "../request/read-body.ts";

export interface Replayable {
  /** The request to send, in place of the given one. */
  readonly plain: PlainRequest;
  /** It may be sent a second time: its method is idempotent and its body, if any, is kept. */
  readonly canReplay: boolean;
  /** Its body, if any, is kept: it may be sent a second time if the first had no effect. */
  readonly isKept: boolean;
}

/**
 * Keeps the body of a small idempotent request, so that it can be sent once more with a newer token.
 *
 * @param keepsEveryMethod also a body that must not be sent twice: an API may refuse the call before it does anything
 * @see RFC 9110 section 9.2.2
 */
export function bufferForReplay(
  request: Pick<BffRequest, "plain" | "headers">,
  keepsEveryMethod = false,
): Replayable | Promise<Replayable> {
  const { plain, headers } = request;
  const canReplay = isIdempotent(plain.method);
  if (plain.body === null) return { plain, canReplay, isKept: true };
  if (!canReplay && !keepsEveryMethod) return { plain, canReplay, isKept: false };
  const declared = headers.get("content-length");
  const isSmall =
    declared !== undefined && /^\d+$/u.test(declared) && Number(declared) <= MAX_REPLAYED_BODY_BYTES;
  return isSmall ? bufferBody(request, canReplay) : { plain, canReplay: false, isKept: false };
}

async function bufferBody(
  { plain, headers }: Pick<BffRequest, "plain" | "headers">,
  canReplay: boolean,
): Promise<Replayable> {
  const read = await readBody(plain.body, headers, MAX_REPLAYED_BODY_BYTES);
  if (read.kind === "read") return { plain: { ...plain, body: read.bytes }, canReplay, isKept: true };
  return { plain: { ...plain, body: brokenBody() }, canReplay: false, isKept: false };
}

/** The client's body broke off: whoever sends it must break off as well, not send less than was declared. */
function brokenBody(): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("the request body broke off")) }),
  };
}
