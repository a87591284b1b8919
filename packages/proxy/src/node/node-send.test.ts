import { once } from "node:events";
import https from "node:https";
import type net from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { answered, CALLER, get, notes, post, readAll } from "../../suite/calls.ts";
import { createNodeCalls, settled, untilIdle } from "../../suite/node-calls.ts";
import { answerOk, startRawUpstream } from "../../suite/raw-upstream.ts";
import { SELF_SIGNED } from "../../suite/self-signed.ts";
import type { HeaderList } from "../http-message.ts";

const { createNodeForward, onClose, setUp, startUpstream, closeAll } = createNodeCalls();
afterEach(closeAll);

describe("what leaves the socket", () => {
  it("is our own request: allow-listed, one credential, the raw path (S-109, S-113)", async () => {
    const hostile: HeaderList = [
      ["Host", "evil.example"],
      ["Cookie", "__Host-coatcheck-0a1b2c3d=secret"],
      ["Authorization", "Bearer stolen"],
      ["AUTHORIZATION", "Basic eDp5"],
      ["X-Forwarded-For", "1.1.1.1"],
      ["x-FORWARDED-proto", "gopher"],
      ["X_Forwarded_For", "1.1.1.1"],
      ["X-Forwarded_User", "root"],
      ["Forwarded", "for=1.1.1.1"],
      ["X-Real-IP", "1.1.1.1"],
      ["X-User-Id", "1"],
      ["X-User-Email", "root"],
      ["Proxy-Authorization", "Basic eDp5"],
      ["Proxy-Connection", "keep-alive"],
      ["Connection", "keep-alive, X-Secret-Hop, If-Match"],
      ["X-Secret-Hop", "1"],
      ["If-Match", '"x"'],
      ["Keep-Alive", "timeout=5"],
      ["TE", "trailers"],
      ["Trailer", "X-T"],
      ["Upgrade", "h2c"],
      ["HTTP2-Settings", "AAA"],
      ["Expect", "100-continue"],
      ["X-Coatcheck", "1"],
      ["X-Coatcheck-User", "u"],
      ["Sec-Fetch-Site", "same-origin"],
      ["Origin", "https://app.example"],
      ["Referer", "https://app.example/secret"],
      ["User-Agent", "x"],
      ["X-HTTP-Method-Override", "DELETE"],
      ["X-Original-URL", "/admin"],
      ["Via", "1.1 x"],
      ["Accept", "application/json"],
      ["Accept", "text/plain"],
    ];
    const { upstream, call } = await setUp();
    await call(get("/api/notes/caf%C3%A9/@evil;x=1?q='%2f..%2f[]|", hostile));
    expect(upstream.received[0]).toBe(
      [
        "GET /v1/caf%C3%A9/@evil;x=1?q='%2f..%2f[]| HTTP/1.1",
        `host: ${new URL(upstream.origin).host}`,
        "connection: keep-alive",
        "accept: application/json",
        "accept: text/plain",
        "authorization: Bearer access-token",
        "x-forwarded-for: 203.0.113.7",
        "x-forwarded-proto: https",
        "x-forwarded-host: app.example:8443",
        "x-request-id: req-1",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("has one framing: a length that is known, chunks where it isn't, and 0 where there is no body (S-114)", async () => {
    const { upstream, call } = await setUp();
    await call(post("hello"));
    await call({ ...post(""), headers: [], body: new Blob(["hello"]).stream() });
    await call({
      ...post(""),
      headers: [["transfer-encoding", "chunked"]],
      body: new Blob(["hello"]).stream(),
      method: "DELETE",
    });
    await call({ ...post(""), body: null });
    await call({ ...get("/api/notes"), method: "DELETE" });
    const framing = upstream.received
      .join("")
      .match(/(?:content-length|transfer-encoding): .*|5\r\nhello\r\n0\r\n\r\n|^hello(?=[A-Z])/gimu);
    expect(framing).toEqual([
      "content-length: 5",
      "hello",
      "transfer-encoding: chunked",
      "5\r\nhello\r\n0\r\n\r\n",
      "transfer-encoding: chunked",
      "5\r\nhello\r\n0\r\n\r\n",
      "content-length: 0",
    ]);
  });
});

describe("what comes back", () => {
  it("is compressed as it came, byte for byte (S-116)", async () => {
    const zipped = gzipSync("a note ".repeat(100));
    const { call } = await setUp((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`);
      socket.write(zipped);
    });
    const { response } = answered(await call(get("/api/notes", [["accept-encoding", "gzip"]])));
    expect(response.headers).toContainEqual(["content-encoding", "gzip"]);
    expect(await readAll(response.body)).toBe(zipped.toString("latin1"));
  });

  it.each([
    ["HEAD", "200 OK\r\ncontent-length: 5"],
    ["GET", "204 No Content"],
    ["GET", '304 Not Modified\r\netag: "1"'],
  ])("to a %s with %j has no body, and the connection goes on (S-116)", async (method, head) => {
    const { upstream, call } = await setUp((socket) => socket.write(`HTTP/1.1 ${head}\r\n\r\n`));
    for (let count = 0; count < 2; count += 1) {
      expect(answered(await call({ ...get("/api/notes"), method })).response.body).toBeNull();
      await untilIdle();
    }
    expect(upstream.received).toHaveLength(1);
  });

  it.each([
    ["103 Early Hints\r\nlink: </x>", "102 Processing"],
    ["100 Continue"],
    ["100 Continue\r\nx: y", "100 Continue", "102 Processing"],
  ])("is the final answer, whatever came before it: %j", async (...informational) => {
    for (const isApart of [false, true]) {
      const { call } = await setUp((socket, head, connection) => {
        for (const one of informational) socket.write(`HTTP/1.1 ${one}\r\n\r\n`);
        const sent = isApart ? settled(() => socket.bytesWritten) : Promise.resolve();
        void sent.then(() => answerOk(socket, head, connection));
      });
      for (const request of [get("/api/notes"), post("hello")]) {
        const { response } = answered(await call(request));
        expect([response.status, await readAll(response.body)]).toEqual([200, "ok"]);
      }
    }
  });

  it("has up to 64 KiB of headers", async () => {
    const etag = `"${"x".repeat(60_000)}"`;
    const { call } = await setUp((socket) =>
      socket.write(
        `HTTP/1.1 200 OK\r\netag: ${etag}\r\nx-more: ${"y".repeat(5000)}\r\ncontent-length: 0\r\n\r\n`,
      ),
    );
    expect(answered(await call()).response.headers).toContainEqual(["etag", etag]);
  });

  it("comes as it is sent: an event is here before the next one is made (S-116)", async () => {
    const streams: net.Socket[] = [];
    const { call } = await setUp((socket) => {
      streams.push(socket);
      socket.write(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
      );
    });
    const { response } = answered(await call());
    const iterator = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const events: string[] = [];
    for (const event of ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]) {
      streams[0]?.write(`${event.length.toString(16)}\r\n${event}\r\n`);
      const { value } = await iterator.next();
      events.push(Buffer.from(value ?? []).toString());
    }
    expect(events).toEqual(["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]);
    await iterator.return?.();
  });

  it("goes to nobody else: a redirect's target is not asked (S-112)", async () => {
    const second = await startUpstream();
    const { call } = await setUp((socket) =>
      socket.write(
        `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${second.origin}/v1/7\r\ncontent-length: 0\r\n\r\n`,
      ),
    );
    expect(await call()).toMatchObject({ kind: "failed", code: "upstream_failed" });
    expect(await call(post("hello"))).toMatchObject({ kind: "failed", code: "upstream_failed" });
    expect(second.received).toEqual([]);
  });

  it.each([
    ["nonsense", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    [
      "a length and a coding",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["endless headers", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(70_000)}\r\n\r\n`],
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"],
  ])("as %s is a failure of the upstream (S-114)", async (_, raw) => {
    const { call } = await setUp((socket) => socket.write(raw));
    expect(await call()).toMatchObject({ kind: "failed", code: "upstream_failed" });
  });

  it("that ends too early fails the client's body (S-116)", async () => {
    const { call } = await setUp((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", () => socket.destroy());
    });
    await expect(readAll(answered(await call()).response.body)).rejects.toMatchObject({
      name: "ProxyError",
      code: "upstream_failed",
    });
  });

  it("that ends too early before anyone reads it does no other harm (S-116)", async () => {
    const { upstream, call } = await setUp((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", () => socket.destroy());
    });
    const { response } = answered(await call());
    await settled(() => upstream.connections.size);
    await expect(readAll(response.body)).rejects.toMatchObject({ code: "upstream_failed" });
  });
});

describe("an upstream that can't be reached or hangs", () => {
  it("refuses: a failure, told by its code (S-117)", async () => {
    const upstream = await startRawUpstream();
    await upstream.close();
    const outcome = await createNodeForward()(get("/api/notes"), notes(upstream.origin), "token", CALLER);
    expect(outcome).toEqual({ kind: "failed", code: "upstream_failed", reason: "ECONNREFUSED" });
  });

  it.each(["099", "000", "600", "999"])(
    "answers with a status that is none (%s): a failure, and the connection is closed (S-117)",
    async (status) => {
      const { upstream, call } = await setUp((socket) => {
        socket.write(`HTTP/1.1 ${status} Odd\r\ncontent-length: 5\r\n\r\nab`);
      });
      expect(await call()).toMatchObject({ kind: "failed", code: "upstream_failed" });
      await expect.poll(() => upstream.connections.size).toBe(0);
    },
  );

  it("never answers: a timeout, and the connection is closed (S-117, S-141)", async () => {
    const { upstream, call } = await setUp(() => undefined, { headersTimeoutMs: 50 });
    expect(await call()).toMatchObject({ kind: "failed", code: "upstream_timeout" });
    await settled(() => upstream.connections.size);
    expect(upstream.connections.size).toBe(0);
  });

  it("falls silent in the middle: the body ends with a timeout (S-141)", async () => {
    const { call } = await setUp(
      (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
      { idleTimeoutMs: 50 },
    );
    await expect(readAll(answered(await call()).response.body)).rejects.toMatchObject({
      code: "upstream_timeout",
    });
  });

  it("doesn't finish the TLS handshake: a timeout of the connection (S-141)", async () => {
    const upstream = await startUpstream(() => undefined);
    const target = notes(upstream.origin.replace("http:", "https:"), { connectTimeoutMs: 50 });
    expect(await createNodeForward()(get("/api/notes"), target, "token", CALLER)).toMatchObject({
      kind: "failed",
      code: "upstream_timeout",
    });
  });

  it("has a certificate that nobody vouches for: it never gets the token (S-113)", async () => {
    let calls = 0;
    const server = https.createServer(SELF_SIGNED, (_, response) => {
      calls += 1;
      response.end("ok");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onClose(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
    const target = notes(`https://127.0.0.1:${(server.address() as net.AddressInfo).port}`);
    expect(await createNodeForward()(get("/api/notes"), target, "token", CALLER)).toMatchObject({
      kind: "failed",
      code: "upstream_failed",
    });
    expect(calls).toBe(0);
    const trusting = createNodeForward({ ca: SELF_SIGNED.cert });
    expect(
      await readAll(answered(await trusting(get("/api/notes"), target, "token", CALLER)).response.body),
    ).toBe("ok");
  });
});
