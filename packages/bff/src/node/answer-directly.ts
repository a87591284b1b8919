import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeWebStream } from "node:stream/web";
import type { PlainRequest } from "@coatcheck/proxy";
import type { Bff } from "../create-bff.ts";
import { pairUp } from "../request/header-pairs.ts";
import type { BffResponse } from "../response/bff-response.ts";

/**
 * Answers an API call straight from Node's own request and response, without web objects in between.
 *
 * @returns `false`: it isn't an API call; nothing was touched.
 */
export function answerDirectly(
  bff: Pick<Bff, "answerApiCall">,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  const gone = new AbortController();
  const { remoteAddress } = incoming.socket;
  const answer = bff.answerApiCall(
    toPlainRequest(incoming, gone.signal),
    remoteAddress === undefined ? {} : { remoteAddress },
  );
  if (answer === undefined) return false;
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  answer
    .then((response) => send(response, incoming, outgoing))
    // The client is gone, or the upstream broke off: whoever still listens must see a broken answer, not a short one.
    .catch(() => outgoing.destroy());
  return true;
}

function toPlainRequest(incoming: IncomingMessage, signal: AbortSignal): PlainRequest {
  const { headers } = incoming;
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  return {
    method: incoming.method ?? "GET",
    rawTarget: incoming.url ?? "/",
    headers: pairUp(incoming.rawHeaders),
    body: hasBody ? incoming : null,
    signal,
  };
}

async function send(
  { status, headers, body }: BffResponse,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  if (typeof body === "string") outgoing.setHeader("content-length", Buffer.byteLength(body));
  outgoing.writeHead(status);
  if (body === null || incoming.method === "HEAD" || typeof body === "string") {
    outgoing.end(incoming.method === "HEAD" ? null : body);
    return;
  }
  // Without this, a stream of events would wait for its first bytes.
  outgoing.flushHeaders();
  const source =
    body instanceof ReadableStream
      ? Readable.fromWeb(body as unknown as NodeWebStream)
      : Readable.from(body, { objectMode: false });
  await pipeline(source, outgoing);
}
