import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import { iterateBody } from "@coatcheck/proxy";
import type { BodyStream, PlainRequest } from "@coatcheck/proxy";
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
    .then((response) => send(response, incoming, outgoing, gone.signal))
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
  signal: AbortSignal,
): Promise<void> {
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  if (typeof body === "string") outgoing.setHeader("content-length", Buffer.byteLength(body));
  outgoing.writeHead(status);
  if (body === null || incoming.method === "HEAD" || typeof body === "string") {
    outgoing.end(incoming.method === "HEAD" ? null : body);
    return;
  }
  await pump(body, outgoing, signal);
}

/** Sends a body as it comes, no faster than the client takes it. A pipeline of Node's streams costs several times as much. */
async function pump(body: BodyStream, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const source = iterateBody(body);
  // A stream that breaks off with its client may refuse; without the second part, that would end the process.
  signal.addEventListener("abort", () => void source.return?.().catch(() => undefined), { once: true });
  // The head leaves with the first bytes where they are there. Without this, the head of a stream of events would wait for them.
  const flushing = setImmediate(() => outgoing.flushHeaders());
  try {
    for (let chunk = await source.next(); chunk.done !== true; chunk = await source.next()) {
      clearImmediate(flushing);
      if (!outgoing.write(chunk.value)) await once(outgoing, "drain", { signal });
    }
    outgoing.end();
  } finally {
    clearImmediate(flushing);
    await source.return?.();
  }
}
