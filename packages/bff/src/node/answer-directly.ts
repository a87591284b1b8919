import type { IncomingMessage, ServerResponse } from "node:http";
import { Cancellation, iterateBody } from "@coatcheck/proxy";
import type { BodyStream, CancelSignal, PlainRequest } from "@coatcheck/proxy";
import type { Bff } from "../create-bff.ts";
import { pairUp } from "../request/header-pairs.ts";
import type { BffResponse } from "../response/bff-response.ts";

/** Up to here a body goes out in one write with its head; copying a larger one would cost more than a second write. */
const MAX_JOINED_BYTES = 16 * 1024;

/**
 * Answers straight from Node's own request and response, without web objects in between.
 *
 * @returns `false`: it isn't a request that can be answered so; nothing was touched.
 */
export function answerDirectly(
  answerPlain: Bff["answerDirectly"],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  const gone = new Cancellation();
  const { remoteAddress } = incoming.socket;
  const answer = answerPlain(
    toPlainRequest(incoming, gone),
    remoteAddress === undefined ? {} : { remoteAddress },
  );
  if (answer === undefined) return false;
  watchClient(outgoing, gone);
  // The client is gone, or the upstream broke off: whoever still listens must see a broken answer, not a short one.
  const breakOff = (): void => void outgoing.destroy();
  answer.then((response) => {
    // Answers that are written one after the other, at the end of a round of the event loop, wake whoever gets them once; each
    // by itself wakes them each time, which costs more than all the rest of a write.
    setImmediate(() => {
      try {
        sendAnswer(response, incoming, outgoing, gone)?.catch(breakOff);
      } catch {
        breakOff();
      }
    });
  }, breakOff);
  return true;
}

/** Cancels when the client leaves before the end of its answer. */
export function watchClient(outgoing: ServerResponse, gone: Cancellation): void {
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) gone.cancel();
  });
}

/** Whether a request has a body to be read. @see RFC 9112 section 6.3 */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

function toPlainRequest(incoming: IncomingMessage, signal: CancelSignal): PlainRequest {
  return {
    method: incoming.method ?? "GET",
    rawTarget: incoming.url ?? "/",
    headers: pairUp(incoming.rawHeaders),
    body: hasBody(incoming) ? incoming : null,
    signal,
  };
}

/** Writes an answer with the headers that it has and no others. @returns what rejects where the body breaks off */
export function sendAnswer(
  { status, headers, body }: BffResponse,
  { method }: IncomingMessage,
  outgoing: ServerResponse,
  gone: CancelSignal,
): Promise<void> | undefined {
  const flat: string[] = [];
  let hasLength = false;
  for (const [name, value] of headers) {
    flat.push(name, value);
    hasLength ||= name === "content-length";
  }
  const isWhole = typeof body === "string" || body instanceof Uint8Array;
  if (isWhole && !hasLength) flat.push("content-length", String(Buffer.byteLength(body)));
  outgoing.writeHead(status, flat);
  if (body === null || method === "HEAD") outgoing.end();
  else if (typeof body === "string") outgoing.end(body);
  else if (!(body instanceof Uint8Array)) return pump(body, outgoing, gone);
  else if (body.byteLength > MAX_JOINED_BYTES) outgoing.end(body);
  // Node writes a text together with the head. Latin-1 gives each byte back as it was.
  else outgoing.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"), "latin1");
  return undefined;
}

/** Sends a body as it comes, no faster than the client takes it. A pipeline of Node's streams costs several times as much. */
async function pump(body: BodyStream, outgoing: ServerResponse, gone: CancelSignal): Promise<void> {
  const source = iterateBody(body);
  let goOn: () => void = () => undefined;
  outgoing.on("drain", () => goOn());
  gone.addEventListener("abort", () => {
    goOn();
    // A stream that breaks off with its client may refuse; without the second part, that would end the process.
    source.return?.().catch(() => undefined);
  });
  // The head leaves with the first bytes where they are there. Without this, the head of a stream of events would wait for them.
  const flushing = setImmediate(() => outgoing.flushHeaders());
  try {
    for (let chunk = await source.next(); chunk.done !== true; chunk = await source.next()) {
      clearImmediate(flushing);
      const hasRoom = outgoing.write(chunk.value);
      if (gone.aborted) return;
      if (!hasRoom) await new Promise<void>((resolve) => (goOn = resolve));
    }
    outgoing.end();
  } finally {
    clearImmediate(flushing);
    await source.return?.();
  }
}
