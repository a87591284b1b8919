import type net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { answered, CALLER, notes, readAll } from "../../suite/calls.ts";
import { createNodeCalls } from "../../suite/node-calls.ts";
import { SELF_SIGNED } from "../../suite/self-signed.ts";
import type { HeaderList, PlainRequest } from "../http-message.ts";

const { createNodeForward, startUpstream, closeAll } = createNodeCalls();
afterEach(closeAll);

/** The race between answer and write error has two ends; so many tries see both. */
const ROUNDS = 12;
const TOTAL = 4 * 1024 * 1024;
const CHUNK = Buffer.alloc(16 * 1024, "x");

/** @param isPaced Chunks come one a turn of the event loop, as from a client's own connection: then a write can come between the upstream's close and the reading of its answer. */
function upload(framing: "length" | "chunked", isPaced = true): PlainRequest {
  const headers: HeaderList =
    framing === "length" ? [["content-length", String(TOTAL)]] : [["transfer-encoding", "chunked"]];
  const body = (async function* () {
    for (let sent = 0; sent < TOTAL; sent += CHUNK.length) {
      if (isPaced) await new Promise(setImmediate);
      yield CHUNK;
    }
  })();
  return { method: "POST", rawTarget: "/api/notes/8", headers, body };
}

const HEADS = {
  "with a length": "content-length: 9\r\n",
  "with a length, and says that it closes": "content-length: 9\r\nconnection: close\r\n",
  "that ends with the connection": "connection: close\r\n",
} as const;

const CLOSES: Readonly<Record<string, (socket: net.Socket) => void>> = {
  "closes at once": (socket) => socket.destroy(),
  "resets the connection": (socket) => socket.resetAndDestroy(),
  "closes its side, and reads no more": (socket) => {
    socket.pause();
    socket.end();
  },
  "closes its side, and then all": (socket) => socket.end(() => socket.destroy()),
};

// Node resets plain TCP connections only.
const CASES = [false, true].flatMap((isTls) =>
  Object.entries(HEADS).flatMap(([head, fields]) =>
    Object.entries(CLOSES)
      .filter(([close]) => !isTls || !close.startsWith("resets"))
      .flatMap(([close, act]) =>
        (["length", "chunked"] as const).map((framing) => ({
          scheme: isTls ? "https" : "http",
          head,
          close,
          framing,
          fields,
          act,
        })),
      ),
  ),
);

describe("an upstream that answers before it has read the whole body", () => {
  it.each(CASES)(
    "($scheme, $framing) $head, and $close: its answer arrives",
    async ({ scheme, fields, framing, act }) => {
      const forward = createNodeForward({ ca: SELF_SIGNED.cert });
      const upstream = await startUpstream((socket) => {
        socket.removeAllListeners("data");
        socket.write(`HTTP/1.1 413 Content Too Large\r\n${fields}\r\ntoo large`, () => act(socket));
      }, scheme === "https");
      for (let round = 0; round < ROUNDS; round += 1) {
        const outcome = await forward(
          upload(framing, round % 2 === 0),
          notes(upstream.origin),
          "token",
          CALLER,
        );
        const { response } = answered(outcome);
        expect([response.status, await readAll(response.body)]).toEqual([413, "too large"]);
      }
      expect(upstream.received).toHaveLength(ROUNDS);
    },
  );

  it("without an answer fails the call when it closes", async () => {
    const forward = createNodeForward();
    for (const act of Object.values(CLOSES)) {
      const upstream = await startUpstream((socket) => act(socket));
      expect(await forward(upload("chunked"), notes(upstream.origin), "token", CALLER)).toMatchObject({
        kind: "failed",
        code: "upstream_failed",
      });
    }
  });

  it("and goes on reading keeps nothing of the connection for the next call", async () => {
    const forward = createNodeForward();
    const upstream = await startUpstream((socket) => {
      socket.write("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
    });
    for (let round = 0; round < 3; round += 1) {
      const { response } = answered(await forward(upload("length"), notes(upstream.origin), "token", CALLER));
      expect([response.status, await readAll(response.body)]).toEqual([401, "no"]);
    }
    await expect.poll(() => upstream.connections.size).toBe(0);
    expect(upstream.received).toHaveLength(3);
  });
});
