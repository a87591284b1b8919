import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeWebStream } from "node:stream/web";
import type { PlainRequest, PlainResponse } from "@coatcheck/proxy";
import type { Bff } from "../create-bff.ts";
import { pairUp } from "../request/header-pairs.ts";

/** A listener for `http.createServer`. */
export type NodeListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** Whatever answers the rest; `getRequestListener` of `@hono/node-server` makes one. */
export type RestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void | Promise<void>;

/**
 * Serves API calls straight from Node's own request and response, without web objects in between, and hands everything
 * else on: `createNodeListener(bff, getRequestListener(app.fetch))`.
 *
 * The same handler, and so the same guard, stands behind both ways.
 *
 * @param rest answers what isn't an API call; it must serve `bff.app`.
 */
export function createNodeListener(bff: Pick<Bff, "handle" | "isApiPath">, rest: RestListener): NodeListener {
  return (incoming, outgoing) => {
    if (!bff.isApiPath(incoming.url ?? "/")) {
      Promise.resolve(rest(incoming, outgoing)).catch(() => outgoing.destroy());
      return;
    }
    void answer(bff, incoming, outgoing);
  };
}

async function answer(
  bff: Pick<Bff, "handle">,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const { remoteAddress } = incoming.socket;
  try {
    const response = await bff.handle(
      toPlainRequest(incoming, gone.signal),
      remoteAddress === undefined ? {} : { remoteAddress },
    );
    await send(response, incoming, outgoing);
  } catch {
    // The client is gone, or the upstream broke off: whoever still listens must see a broken answer, not a short one.
    outgoing.destroy();
  }
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
  response: PlainResponse,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  // A body that nobody read would keep the connection waiting for it: answer, and close.
  const isUnread =
    !incoming.readableEnded &&
    (incoming.headers["transfer-encoding"] ?? incoming.headers["content-length"] ?? "0") !== "0";
  if (isUnread && !incoming.readableDidRead) outgoing.setHeader("connection", "close");
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.writeHead(response.status);
  if (response.body === null || incoming.method === "HEAD") {
    outgoing.end();
    return;
  }
  // Without this, a stream of events would wait for its first bytes.
  outgoing.flushHeaders();
  const body =
    response.body instanceof ReadableStream
      ? Readable.fromWeb(response.body as unknown as NodeWebStream)
      : Readable.from(response.body, { objectMode: false });
  await pipeline(body, outgoing);
}
