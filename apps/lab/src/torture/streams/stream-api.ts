import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { writeBytes } from "./write-bytes.ts";

/** An API of large bodies and endless ones. */
export interface StreamApi {
  readonly origin: string;
  /** When the next request that its client leaves unfinished breaks off, by `performance.now()`. */
  nextBreak(): Promise<number>;
  /** Somebody has this event: the next one may follow. */
  confirm(id: number): void;
  close(): Promise<void>;
}

/**
 * - `GET /bytes/N`: N bytes
 * - `GET /endless`: bytes until the client leaves
 * - `POST /sink`: reads everything, and says how many bytes it was
 * - `GET /events/N`: N events, each sent when somebody has confirmed the one before
 */
export async function startStreamApi(): Promise<StreamApi> {
  let onBreak: (atMs: number) => void = () => undefined;
  let onConfirm: (id: number) => void = () => undefined;

  async function sendBytes(response: ServerResponse, count: number): Promise<void> {
    response.writeHead(200, {
      "content-type": "application/octet-stream",
      ...(Number.isFinite(count) ? { "content-length": count } : {}),
    });
    await writeBytes(response, count);
    response.end();
  }

  async function sendEvents(response: ServerResponse, count: number): Promise<void> {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let id = 1; id <= count; id += 1) {
      const confirmed = new Promise<number>((resolve) => (onConfirm = resolve));
      response.write(`id: ${id}\ndata: ${id}\n\n`);
      const seen = await confirmed;
      if (seen !== id) throw new Error(`Event ${id} was sent, ${seen} was confirmed.`);
    }
    response.end();
  }

  async function swallow(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let bytes = 0;
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ bytes }));
  }

  const server = createServer({ noDelay: true, requestTimeout: 0 }, (request, response) => {
    response.once("close", () => {
      if (!response.writableFinished) onBreak(performance.now());
    });
    const [, kind, count] = (request.url ?? "").split("/");
    const answering =
      kind === "sink"
        ? swallow(request, response)
        : kind === "events"
          ? sendEvents(response, Number(count))
          : sendBytes(response, kind === "bytes" ? Number(count) : Infinity);
    // Its client has left.
    answering.catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nextBreak: () => new Promise((resolve) => (onBreak = resolve)),
    confirm: (id) => onConfirm(id),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
