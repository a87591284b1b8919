import { once } from "node:events";
import type net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { answered, CALLER, get, notes, post, readAll } from "../../suite/calls.ts";
import { createNodeCalls, untilIdle } from "../../suite/node-calls.ts";
import { answerOk, type RawAnswer } from "../../suite/raw-upstream.ts";
import type { HeaderList, PlainRequest } from "../http-message.ts";

const { createNodeForward, setUp, startUpstream, closeAll } = createNodeCalls();
afterEach(closeAll);

const okWith =
  (headers: string): RawAnswer =>
  (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\n${headers}content-length: 2\r\n\r\nok`);

/** One call whose answer is read to the end, and whose connection may be used again. */
async function readOne(call: () => Promise<Parameters<typeof answered>[0]>): Promise<void> {
  expect(await readAll(answered(await call()).response.body)).toBe("ok");
  await untilIdle();
}

describe("a kept-alive connection", () => {
  it("is used again", async () => {
    const { upstream, call } = await setUp();
    for (let count = 0; count < 3; count += 1) await readOne(call);
    expect(upstream.received).toHaveLength(1);
  });

  it.each(["connection: close\r\n", "keep-alive: timeout=1\r\n", "Keep-Alive: max=9, timeout=0\r\n"])(
    "whose answer says %j isn't used again",
    async (headers) => {
      const { upstream, call } = await setUp(okWith(headers));
      for (let count = 0; count < 3; count += 1) await readOne(call);
      expect(upstream.received).toHaveLength(3);
    },
  );

  it("is kept as long as the upstream announces, and without a word for our own time", async () => {
    const forward = createNodeForward({ keepAliveMs: 20 });
    const silent = await startUpstream();
    const announcing = await startUpstream(okWith("keep-alive: timeout=60\r\n"));
    for (const upstream of [announcing, silent]) {
      await readOne(async () => forward(get("/api/notes"), notes(upstream.origin), "token", CALLER));
    }
    await expect.poll(() => silent.connections.size).toBe(0);
    await readOne(async () => forward(get("/api/notes"), notes(announcing.origin), "token", CALLER));
    expect(announcing.received).toHaveLength(1);
  });

  it.each([
    ["announces 2 s", "Keep-Alive: timeout=2, max=100\r\n"],
    ["closes after 2 s without a word, as gunicorn does", ""],
  ])(
    "to an upstream that %s is closed by us first, so that no call crosses its close",
    async (_, headers) => {
      const closedBy = Promise.withResolvers<string>();
      const { call } = await setUp((socket, head, connection) => {
        const timer = setTimeout(() => closedBy.resolve("upstream"), 2000);
        socket.once("end", () => {
          clearTimeout(timer);
          closedBy.resolve("us");
        });
        okWith(headers)(socket, head, connection);
      });
      await readOne(call);
      expect(await closedBy.promise).toBe("us");
    },
  );
});

type Break = (socket: net.Socket) => void;
const BREAKS: readonly (readonly [string, Break])[] = [
  ["closed", (socket) => socket.destroy()],
  ["reset", (socket) => socket.resetAndDestroy()],
];

function withBody(method: string, text: string, headers: HeaderList = []): PlainRequest {
  return { ...post(text, headers), method };
}

/** An upstream that answers the first call on a connection and breaks it at the second. */
async function setUpBreaking(breakOff: Break, isEveryConnection = false) {
  const seen = new Map<number, number>();
  const { upstream, call } = await setUp((socket, head, connection) => {
    const count = (seen.get(connection) ?? 0) + 1;
    seen.set(connection, count);
    if (count === 2 || (isEveryConnection && connection > 0)) breakOff(socket);
    else answerOk(socket, head, connection);
  });
  await readOne(call);
  return {
    call,
    /** How often the second call arrived. */
    arrivals: (method: string) =>
      upstream.received.join("").match(new RegExp(`${method} /v1`, "gu"))?.length ?? 0,
    received: () => upstream.received.join(""),
  };
}

describe.each(BREAKS)("a kept-alive connection that turns out to be %s", (_, breakOff) => {
  it.each([
    ["OPTIONS", { ...get("/api/notes/8"), method: "OPTIONS" }],
    ["DELETE", { ...get("/api/notes/8"), method: "DELETE" }],
    ["DELETE", withBody("DELETE", "hello")],
    ["PUT", withBody("PUT", "hello")],
    ["PUT", withBody("PUT", "")],
    ["PUT", withBody("PUT", "x".repeat(64 * 1024))],
  ])("costs a small %s nothing: it is sent once more", async (method, request) => {
    const { call, arrivals, received } = await setUpBreaking(breakOff);
    expect(answered(await call(request)).response.status).toBe(200);
    expect(arrivals(method)).toBe(2);
    expect(received().match(/hello/gu)?.length ?? 0).toBe(request.headers[0]?.[1] === "5" ? 2 : 0);
  });

  it.each(["GET", "HEAD"])("costs a %s nothing: it is sent once more", async (method) => {
    const { call, arrivals } = await setUpBreaking(breakOff);
    const before = arrivals(method);
    expect(answered(await call({ ...get("/api/notes/8"), method })).response.status).toBe(200);
    expect(arrivals(method)).toBe(before + 2);
  });

  it("fails a call that breaks a second time: it isn't sent a third time", async () => {
    const { call, arrivals } = await setUpBreaking(breakOff, true);
    expect(await call(withBody("PUT", "hello"))).toMatchObject({ kind: "failed", code: "upstream_failed" });
    expect(arrivals("PUT")).toBe(2);
  });

  it.each([
    ["POST", post("pay")],
    ["POST", post("pay", [["idempotency-key", "1"]])],
    ["POST", { ...post(""), body: null }],
    ["PATCH", withBody("PATCH", "pay")],
    ["PUT", withBody("PUT", "x".repeat(64 * 1024 + 1))],
    [
      "PUT",
      {
        ...post(""),
        method: "PUT",
        headers: [["transfer-encoding", "chunked"]] as const,
        body: new Blob(["pay"]).stream(),
      },
    ],
  ])(
    "fails a %s that isn't idempotent, large or of unknown length: it isn't sent twice",
    async (method, request) => {
      const { call, arrivals } = await setUpBreaking(breakOff);
      expect(await call(request)).toMatchObject({ kind: "failed", code: "upstream_failed" });
      expect(arrivals(method)).toBe(1);
    },
  );
});

describe("a connection that breaks", () => {
  it.each(BREAKS)(
    "when it is new (%s) fails the call: the upstream may have acted on it",
    async (_, breakOff) => {
      const { upstream, call } = await setUp(breakOff);
      for (const request of [get("/api/notes"), withBody("PUT", "hello")]) {
        expect(await call(request)).toMatchObject({ kind: "failed", code: "upstream_failed" });
      }
      expect(upstream.received).toHaveLength(2);
    },
  );

  it("in the middle of an answer's head fails the call: it was received", async () => {
    const seen = new Map<number, number>();
    const { upstream, call } = await setUp((socket, head, connection) => {
      const count = (seen.get(connection) ?? 0) + 1;
      seen.set(connection, count);
      if (count === 2) socket.end("HTTP/1.1 2");
      else answerOk(socket, head, connection);
    });
    await readOne(call);
    expect(await call()).toMatchObject({ kind: "failed", code: "upstream_failed" });
    expect(upstream.received.join("").match(/GET /gu)).toHaveLength(2);
  });

  it("while a small body is read from the client aborts the call before any contact", async () => {
    const { upstream, call } = await setUp();
    const broken = (async function* () {
      yield Buffer.from("he");
      throw new Error("gone");
    })();
    expect(await call({ ...withBody("PUT", "hello"), body: broken })).toEqual({ kind: "aborted" });
    const short = new Blob(["he"]).stream();
    expect(await call({ ...withBody("PUT", "hello"), body: short })).toEqual({ kind: "aborted" });
    expect(upstream.received).toEqual([]);
  });
});

describe("closing", () => {
  it("lets go of every connection", async () => {
    const upstream = await startUpstream();
    const closing = createNodeCalls();
    const forward = closing.createNodeForward();
    await readOne(async () => forward(get("/api/notes"), notes(upstream.origin), "token", CALLER));
    const closed = [...upstream.connections].map(async (socket) => once(socket, "close"));
    await closing.closeAll();
    await Promise.all(closed);
    expect(upstream.connections.size).toBe(0);
  });
});
