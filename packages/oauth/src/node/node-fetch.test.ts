import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { afterEach, expect, test } from "vitest";
import { fetchWhile } from "../../examples/fetch-once.ts";
import { createNodeFetch } from "./node-fetch.ts";
import type { NodeFetch, NodeFetchOptions } from "./node-fetch.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function newFetch(options?: NodeFetchOptions): NodeFetch {
  const nodeFetch = createNodeFetch(options);
  cleanups.push(() => nodeFetch.close());
  return nodeFetch;
}

async function listen(server: Server): Promise<string> {
  const { origin, close } = await listenOnLoopback(server);
  cleanups.push(() => void close());
  return `${origin}/`;
}

/** Speaks raw bytes, and keeps what it received on each connection. */
async function rawServer(
  onData: (socket: Socket, received: string) => void,
): Promise<{ readonly url: string; readonly received: string[] }> {
  const received: string[] = [];
  const server = createTcpServer((socket) => {
    const index = received.push("") - 1;
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      received[index] += bytes.toString();
      onData(socket, received[index] ?? "");
    });
  });
  return { url: await listen(server), received };
}

const httpServer = (handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
  listen(createHttpServer(handler));

const OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
const POST = { method: "POST", headers: { "content-type": "text/plain" }, body: "spent=once" };

test("sends method, headers and body, and hands status, headers and body back", async () => {
  const url = await httpServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => (body += String(bytes)));
    request.on("end", () => {
      response.writeHead(201, { "content-type": "application/json", "x-twice": ["a", "b"] });
      response.end(JSON.stringify({ method: request.method, type: request.headers["content-type"], body }));
    });
  });
  const response = await newFetch()(url, POST);
  expect([response.status, response.headers.get("x-twice")]).toEqual([201, "a, b"]);
  expect(await response.json()).toEqual({ method: "POST", type: "text/plain", body: "spent=once" });
});

test("reads a body of many chunks, and answers that have none", async () => {
  const url = await httpServer((request, response) => {
    if (request.url === "/none") response.writeHead(204).end();
    else response.end("x".repeat(500_000));
  });
  const nodeFetch = newFetch();
  expect((await (await nodeFetch(url, {})).text()).length).toBe(500_000);
  expect((await nodeFetch(`${url}none`, {})).body).toBe(null);
});

test("S-027 hands a redirect back and doesn't follow it", async () => {
  const paths: (string | undefined)[] = [];
  const url = await httpServer((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  expect((await newFetch()(url, POST)).status).toBe(307);
  expect(paths).toEqual(["/"]);
});

test("uses a connection again", async () => {
  const { url, received } = await rawServer((socket, text) => {
    if (text.endsWith("spent=once")) socket.write(OK);
  });
  const nodeFetch = newFetch();
  for (const round of [1, 2, 3])
    expect([round, await (await nodeFetch(url, POST)).text()]).toEqual([round, "{}"]);
  expect(received).toHaveLength(1);
});

test("a port where nobody listens: nothing was sent", async () => {
  const url = await httpServer(() => undefined);
  for (const cleanup of cleanups.splice(0)) cleanup();
  await expect(newFetch()(url, POST)).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "connection_refused",
  });
});

test("a name that nobody has: nothing was sent", async () => {
  await expect(newFetch()("http://nobody.invalid/", POST)).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "dns",
  });
});

test("a server that doesn't speak TLS: nothing was sent", async () => {
  const { url, received } = await rawServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await expect(newFetch()(url.replace("http:", "https:"), POST)).rejects.toMatchObject({
    name: "RequestNotSentError",
  });
  expect(received.join("")).not.toContain("spent=once");
});

test("a server that closes in the TLS handshake: nothing was sent", async () => {
  const server = createTlsServer({}, () => undefined);
  const url = await listen(server);
  await expect(newFetch()(url, POST)).rejects.toMatchObject({ name: "RequestNotSentError" });
});

test("a TLS handshake that never ends: nothing was sent", async () => {
  const { url, received } = await rawServer(() => undefined);
  const nodeFetch = newFetch({ connectTimeoutMs: 100 });
  await expect(nodeFetch(url.replace("http:", "https:"), POST)).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "connect_timeout",
  });
  expect(received.join("")).not.toContain("spent=once");
});

test("a reset after the request arrived: it may have been processed", async () => {
  const { url, received } = await rawServer((socket, text) => {
    if (text.endsWith("spent=once")) socket.resetAndDestroy();
  });
  await expect(newFetch()(url, POST)).rejects.toMatchObject({
    name: "RequestInterruptedError",
    code: "reset",
  });
  expect(received).toEqual([expect.stringMatching(/spent=once$/)]);
});

test("a reset of a pooled connection after writing: it may have been processed, and isn't sent again", async () => {
  let answers = 0;
  const { url, received } = await rawServer((socket, text) => {
    if (!text.endsWith("spent=once")) return;
    answers += 1;
    if (answers === 1) socket.write(OK);
    else socket.resetAndDestroy();
  });
  const nodeFetch = newFetch();
  await (await nodeFetch(url, POST)).text();
  await expect(nodeFetch(url, POST)).rejects.toMatchObject({
    name: "RequestInterruptedError",
    code: "reset",
  });
  expect(received).toHaveLength(1);
  expect(received[0]?.split("spent=once")).toHaveLength(3);
});

test("an answer that isn't HTTP: it may have been processed", async () => {
  const { url } = await rawServer((socket) => socket.end("220 smtp.example ready\r\n"));
  await expect(newFetch()(url, POST)).rejects.toMatchObject({
    name: "RequestInterruptedError",
    code: "malformed_response",
  });
});

test("a body that breaks off is an error of reading it", async () => {
  const { url } = await rawServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"));
  const response = await newFetch()(url, POST);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toBeInstanceOf(Error);
});

test("S-141 a drip ends when the caller gives up", async () => {
  const closed = Promise.withResolvers<string>();
  const url = await httpServer((_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(" "), 5);
    response.on("close", () => {
      clearInterval(timer);
      closed.resolve("closed");
    });
  });
  const controller = new AbortController();
  const response = await newFetch()(url, { ...POST, signal: controller.signal });
  const reading = response.text();
  controller.abort();
  await expect(reading).rejects.toBeInstanceOf(Error);
  expect(await closed.promise).toBe("closed");
});

test("giving up while waiting for an answer: it may have been processed", async () => {
  const controller = new AbortController();
  const { url } = await rawServer((_socket, text) => {
    if (text.endsWith("spent=once")) controller.abort();
  });
  await expect(newFetch()(url, { ...POST, signal: controller.signal })).rejects.toMatchObject({
    name: "RequestInterruptedError",
    code: "aborted",
  });
});

test("giving up before: nothing was sent", async () => {
  const { url, received } = await rawServer(() => undefined);
  await expect(newFetch()(url, { ...POST, signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "aborted",
  });
  expect(received).toEqual([]);
});

test("giving up during a TLS handshake: nothing was sent", async () => {
  const controller = new AbortController();
  const { url } = await rawServer(() => controller.abort());
  await expect(
    newFetch()(url.replace("http:", "https:"), { ...POST, signal: controller.signal }),
  ).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "aborted",
  });
});

test("maySend is asked once the connection stands, and false sends nothing", async () => {
  const connected = Promise.withResolvers<Socket>();
  const received: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("data", (bytes) => received.push(bytes.toString()));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => connected.resolve(socket));
  });
  const url = await listen(server);
  let asked = 0;
  const maySend = (): boolean => {
    asked += 1;
    return false;
  };
  await expect(newFetch()(url, { ...POST, maySend })).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "may_not_send",
  });
  await connected.promise;
  expect([asked, received]).toEqual([1, []]);
});

test("maySend isn't asked while nobody answers the connection", async () => {
  let asked = 0;
  const maySend = (): boolean => {
    asked += 1;
    return true;
  };
  const { url } = await rawServer(() => undefined);
  const nodeFetch = newFetch({ connectTimeoutMs: 50 });
  await expect(nodeFetch(url.replace("http:", "https:"), { ...POST, maySend })).rejects.toMatchObject({
    code: "connect_timeout",
  });
  expect(asked).toBe(0);
});

test("maySend is asked on a pooled connection, too, and false sends nothing", async () => {
  const { url, received } = await rawServer((socket, text) => {
    if (text.endsWith("spent=once")) socket.write(OK);
  });
  const nodeFetch = newFetch();
  await (await nodeFetch(url, { ...POST, maySend: () => true })).text();
  await expect(nodeFetch(url, { ...POST, maySend: () => false })).rejects.toMatchObject({
    code: "may_not_send",
  });
  await (await nodeFetch(url, POST)).text();
  expect(received.map((text) => text.split("spent=once").length - 1)).toEqual([1, 1]);
});

test("refuses a body that isn't text, and a URL that isn't one", async () => {
  const { url } = await rawServer(() => undefined);
  await expect(newFetch()(url, { method: "POST", body: new Uint8Array([1]) })).rejects.toThrow(TypeError);
  await expect(newFetch()("not a url", POST)).rejects.toThrow(TypeError);
});

const CERTIFICATE = await createSelfSignedCertificate({
  commonName: "simulated",
  ipAddresses: ["127.0.0.1"],
});

async function httpsServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly connections: () => number }> {
  let connections = 0;
  const server = createHttpsServer(CERTIFICATE, handler);
  server.on("secureConnection", () => {
    connections += 1;
  });
  const url = await listen(server);
  return { url, connections: () => connections };
}

test("speaks TLS with a host whose certificate is trusted, and uses its connection again", async () => {
  const { url, connections } = await httpsServer((_request, response) => response.end("secure"));
  const nodeFetch = newFetch({ ca: CERTIFICATE.cert });
  let asked = 0;
  const maySend = (): boolean => {
    asked += 1;
    return true;
  };
  for (const round of [1, 2, 3]) {
    const response = await nodeFetch(url, { ...POST, maySend });
    expect([round, await response.text()]).toEqual([round, "secure"]);
  }
  expect([asked, connections()]).toEqual([3, 1]);
});

test("a certificate that nobody vouches for: nothing was sent, and maySend wasn't asked", async () => {
  let requests = 0;
  const { url } = await httpsServer((_request, response) => {
    requests += 1;
    response.end();
  });
  let asked = 0;
  const maySend = (): boolean => {
    asked += 1;
    return true;
  };
  await expect(newFetch()(url, { ...POST, maySend })).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "tls_untrusted",
  });
  expect([requests, asked]).toEqual([0, 0]);
});

test("maySend is asked after the TLS handshake, and false sends nothing", async () => {
  let requests = 0;
  const { url, connections } = await httpsServer((_request, response) => {
    requests += 1;
    response.end();
  });
  const connectionsWhenAsked: number[] = [];
  const maySend = (): boolean => {
    connectionsWhenAsked.push(connections());
    return false;
  };
  const nodeFetch = newFetch({ ca: [CERTIFICATE.cert] });
  await expect(nodeFetch(url, { ...POST, maySend })).rejects.toMatchObject({ code: "may_not_send" });
  expect(connectionsWhenAsked).toHaveLength(1);
  await (await nodeFetch(url, POST)).text();
  expect(requests).toBe(1);
});

test.each(["http", "https"] as const)(
  "calls beyond the limit of connections wait for one, over %s",
  async (scheme) => {
    const answer = (_request: IncomingMessage, response: ServerResponse): void => void response.end("ok");
    const url = scheme === "http" ? await httpServer(answer) : (await httpsServer(answer)).url;
    const nodeFetch = newFetch({ ca: CERTIFICATE.cert, maxConnections: 1 });
    const texts = Array.from({ length: 20 }, async () => (await nodeFetch(url, POST)).text());
    expect(new Set(await Promise.all(texts))).toEqual(new Set(["ok"]));
  },
);

test("a call that waits too long for a connection: nothing was sent", async () => {
  let requests = 0;
  const url = await httpServer(() => {
    requests += 1;
  });
  const nodeFetch = newFetch({ maxConnections: 1, connectTimeoutMs: 200 });
  const controller = new AbortController();
  const first = nodeFetch(url, { ...POST, signal: controller.signal });
  await expect.poll(() => requests).toBe(1);
  await expect(nodeFetch(url, POST)).rejects.toMatchObject({
    name: "RequestNotSentError",
    code: "connect_timeout",
  });
  controller.abort();
  await expect(first).rejects.toMatchObject({ name: "RequestInterruptedError" });
  expect(requests).toBe(1);
});

test("the example sends a call that may be sent, and no other", async () => {
  let received = 0;
  const url = await httpServer((_, response) => {
    received += 1;
    response.writeHead(204).end();
  });
  expect(await fetchWhile(url, () => true)).toBe(204);
  await expect(fetchWhile(url, () => false)).rejects.toMatchObject({ code: "may_not_send" });
  expect(received).toBe(1);
});
