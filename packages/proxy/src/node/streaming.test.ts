import { once } from "node:events";
import type net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { answered, get } from "../../suite/calls.ts";
import { createNodeCalls, settled } from "../../suite/node-calls.ts";
import { type RawAnswer } from "../../suite/raw-upstream.ts";
import type { HeaderList } from "../http-message.ts";

const { setUp, closeAll } = createNodeCalls();
afterEach(closeAll);

describe("streams", () => {
  const TOTAL = 64 * 1024 * 1024;
  const chunk = Buffer.alloc(64 * 1024, "x");

  it("hold an upstream back that is faster than the client, and lose nothing (S-116)", async () => {
    let written = 0;
    const { call } = await setUp((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${TOTAL}\r\n\r\n`);
      const pump = (): void => {
        while (written < TOTAL) {
          written += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", pump);
        }
      };
      pump();
    });
    const { response } = answered(await call());
    const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    let read = (await iterator.next()).value?.length ?? 0;
    expect(await settled(() => written)).toBeLessThan(TOTAL / 4);
    for (let result = await iterator.next(); result.done !== true; result = await iterator.next())
      read += result.value.length;
    expect(read).toBe(TOTAL);
  });

  it("hold a client back that is faster than the upstream, and lose nothing (S-116)", async () => {
    let taken = 0;
    const body = (async function* () {
      while (taken < TOTAL) {
        taken += chunk.length;
        yield chunk;
      }
    })();
    const sockets: net.Socket[] = [];
    let arrived = 0;
    const { call } = await setUp(
      (socket) => {
        sockets.push(socket);
        socket.removeAllListeners("data");
        socket.pause();
      },
      { maxBodyBytes: TOTAL },
    );
    const headers: HeaderList = [["content-length", String(TOTAL)]];
    const outcome = call({ method: "PUT", rawTarget: "/api/notes", headers, body });
    expect(await settled(() => taken)).toBeLessThan(TOTAL / 4);
    const [socket] = sockets;
    socket?.on("data", (data: Uint8Array) => {
      arrived += data.length;
    });
    socket?.resume();
    await settled(() => arrived);
    socket?.write("HTTP/1.1 204 No Content\r\n\r\n");
    expect(answered(await outcome).response.status).toBe(204);
    expect(taken).toBe(TOTAL);
    // The first chunk came with the head.
    expect(arrived).toBeGreaterThanOrEqual(TOTAL - chunk.length);
  });

  /** A client that can go away, and its call, of which the upstream has read the head. */
  const begin = async (answer: RawAnswer) => {
    const sockets: net.Socket[] = [];
    const head = Promise.withResolvers<void>();
    const { call } = await setUp((socket, text, connection) => {
      sockets.push(socket);
      answer(socket, text, connection);
      head.resolve();
    });
    const client = new AbortController();
    const outcome = call({ ...get("/api/notes"), signal: client.signal });
    await head.promise;
    return { client, outcome, closed: Promise.all(sockets.map(async (socket) => once(socket, "close"))) };
  };

  it("end upstream when the client gives up before the answer (S-116)", async () => {
    const { client, outcome, closed } = await begin(() => undefined);
    client.abort();
    await closed;
    expect(await outcome).toEqual({ kind: "aborted" });
  });

  it("end upstream when the client gives up in the middle of the answer (S-116)", async () => {
    const { client, outcome, closed } = await begin((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    });
    const iterator = (answered(await outcome).response.body as AsyncIterable<Uint8Array>)[
      Symbol.asyncIterator
    ]();
    await iterator.next();
    client.abort();
    await closed;
    await expect(iterator.next()).rejects.toMatchObject({ name: "ProxyError" });
  });

  it("end upstream when the answer is given up unread", async () => {
    const closed = Promise.withResolvers<void>();
    const { upstream, call } = await setUp((socket) => {
      socket.once("close", closed.resolve);
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    });
    answered(await call()).discard();
    await closed.promise;
    expect(upstream.connections.size).toBe(0);
  });
});

describe("a silent event stream", () => {
  it("lives as long as its upstream, and ends with it", async () => {
    const sockets: net.Socket[] = [];
    const { call } = await setUp(
      (socket) => {
        sockets.push(socket);
        socket.write(
          "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        );
      },
      { idleTimeoutMs: 1 },
    );
    const body = answered(await call()).response.body as AsyncIterable<Uint8Array>;
    const iterator = body[Symbol.asyncIterator]();
    const first = iterator.next();
    // Far more turns than the idle time of other bodies takes.
    await settled(() => sockets.length);
    sockets[0]?.write("8\r\ndata: 1\n\r\n");
    expect((await first).done).toBe(false);
    const second = iterator.next();
    sockets[0]?.destroy();
    await expect(second).rejects.toMatchObject({ code: "upstream_failed" });
  });
});

describe("an upload that turns out too large", () => {
  it("is cut off at the limit, and the upstream gets no whole request (S-148)", async () => {
    const { upstream, call } = await setUp(() => undefined, { maxBodyBytes: 100_000 });
    const body = (async function* () {
      for (;;) yield Buffer.alloc(40_000, "x");
    })();
    expect(
      await call({
        method: "POST",
        rawTarget: "/api/notes",
        headers: [["transfer-encoding", "chunked"]],
        body,
      }),
    ).toEqual({ kind: "refused", code: "body_too_large" });
    await settled(() => upstream.connections.size);
    const arrived = upstream.received.join("");
    expect(arrived.length).toBeLessThan(100_000);
    expect(arrived).not.toContain("\r\n0\r\n\r\n");
  });
});
