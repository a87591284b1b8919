import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { listenOnLoopback, type ListeningServer } from "@coatcheck/testkit/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import { createNodeListener } from "./create-node-listener.ts";

let rig: Rig;
const servers: ListeningServer[] = [];
const ports: { direct: number; portable: number } = { direct: 0, portable: 0 };

async function listen(server: Server): Promise<number> {
  const listening = await listenOnLoopback(server);
  servers.push(listening);
  return listening.port;
}

beforeAll(async () => {
  rig = await startRig();
  const { bff } = rig;
  ports.portable = await listen(createServer(createNodeListener(bff, bff.app)));
  ports.direct = await listen(createServer(createNodeListener(bff, bff.app, { apiCalls: "direct" })));
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await rig.close();
});
beforeEach(() => {
  rig.api.calls.length = 0;
  rig.api.answer((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}'),
  );
});

/** Sends the bytes as they are. @returns everything that came back until the other side closed */
function raw(port: number, head: readonly string[], body = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (received += chunk));
    socket.on("close", () => resolve(received));
    socket.on("error", reject);
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}

const OURS = ["Host: localhost:3000", "X-Coatcheck: 1", "Sec-Fetch-Site: same-origin", "Connection: close"];
function statusOf(answer: string) {
  return Number(answer.split(" ")[1]);
}
function withoutRequestFacts(answer: string) {
  return answer
    .replace(/"requestId":"\w+"|"now":\d+/u, "")
    .split("\r\n")
    .filter(
      (line) =>
        !/^(?:x-request-id|date|connection|transfer-encoding|keep-alive|content-length|[\da-f]+$)/iu.test(
          line,
        ),
    )
    .map((line) => line.toLowerCase())
    .toSorted()
    .join("\n");
}

describe("both ways into the BFF on Node", () => {
  it.each([
    ["an admitted call", ["GET /api/open/1 HTTP/1.1", ...OURS]],
    ["a call without a session", ["GET /api/notes/1 HTTP/1.1", ...OURS]],
    ["a call without the header", ["GET /api/open/1 HTTP/1.1", "Host: localhost:3000", "Connection: close"]],
    [
      "a call from another site",
      [
        "GET /api/open/1 HTTP/1.1",
        "Host: localhost:3000",
        "X-Coatcheck: 1",
        "Sec-Fetch-Site: cross-site",
        "Connection: close",
      ],
    ],
    ["two contradicting headers", ["GET /api/open/1 HTTP/1.1", ...OURS, "Sec-Fetch-Site: cross-site"]],
    ["a foreign host", ["GET /api/open/1 HTTP/1.1", "Host: evil.example", ...OURS.slice(1)]],
    ["a wrong method", ["POST /api/open/1 HTTP/1.1", ...OURS, "Content-Length: 0"]],
    ["OPTIONS", ["OPTIONS /api/open/1 HTTP/1.1", ...OURS]],
    ["an ambiguous path", ["GET /api/open/..%2f1 HTTP/1.1", ...OURS]],
    ["dot segments", ["GET /api/open/../notes HTTP/1.1", ...OURS]],
    ["a double slash", ["GET //api/open/1 HTTP/1.1", ...OURS]],
    ["the absolute form", ["GET http://localhost:3000/api/open/1 HTTP/1.1", ...OURS]],
    ["another spelling", ["GET /%61pi/open/1 HTTP/1.1", ...OURS]],
    ["an unknown API", ["GET /api/unknown HTTP/1.1", ...OURS]],
    ["who is signed in", ["GET /bff/session HTTP/1.1", ...OURS]],
    ["who is signed in, with a query", ["GET /bff/session?x=1 HTTP/1.1", ...OURS]],
    ["who is signed in, to another site", ["GET /bff/session HTTP/1.1", OURS[0] ?? "", "Connection: close"]],
    ["who is signed in, by another method", ["PUT /bff/session HTTP/1.1", ...OURS, "Content-Length: 0"]],
    ["another route of the BFF", ["POST /bff/activity HTTP/1.1", ...OURS, "Content-Length: 0"]],
  ])("S-106: answer %s the same", async (_, head) => {
    const [direct, portable] = await Promise.all([raw(ports.direct, head), raw(ports.portable, head)]);
    expect(withoutRequestFacts(direct)).toBe(withoutRequestFacts(portable));
    expect(statusOf(direct)).not.toBe(500);
  });

  it("answer HEAD without a body", async () => {
    const answer = await raw(ports.direct, ["HEAD /api/plain/1 HTTP/1.1", ...OURS]);
    expect(statusOf(answer)).toBe(401);
    expect(answer.split("\r\n\r\n")[1]).toBe("");
  });
});

describe("the direct way", () => {
  it("S-116: streams bodies both ways", async () => {
    rig.api.answer((call, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write(`got ${call.body.length};`);
      setTimeout(() => response.end("end"), 10);
    });
    const bff = rig.instance({
      routes: [{ prefix: "/api/open", upstream: rig.api.origin, tokenKind: "none" }],
    });
    const port = await listen(createServer(createNodeListener(bff, bff.app, { apiCalls: "direct" })));
    const body = "x".repeat(300_000);
    const answer = await raw(
      port,
      ["POST /api/open/1 HTTP/1.1", ...OURS, `Content-Length: ${body.length}`],
      body,
    );
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain("got 300000;");
    expect(answer).toContain("end");
  });

  it("S-116: hands on the head of a stream before its first bytes", async () => {
    const { promise: silent, resolve: speak } = Promise.withResolvers<void>();
    rig.api.answer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      void silent.then(() => response.end("data: 1\n\n"));
    });
    const socket = connect(ports.direct, "127.0.0.1");
    socket.setEncoding("latin1");
    socket.write(`GET /api/open/1 HTTP/1.1\r\n${OURS.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    let received = await new Promise<string>((resolve) => socket.once("data", resolve));
    expect([statusOf(received), received.includes("data: 1")]).toEqual([200, false]);
    socket.on("data", (text: string) => (received += text));
    speak();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(received).toContain("data: 1");
  });

  it("S-116: hands on a large body whole, to a client that reads it late", async () => {
    const size = 16 * 1024 * 1024;
    rig.api.answer((_, response) => response.end(Buffer.alloc(size, "x")));
    const socket = connect(ports.direct, "127.0.0.1");
    socket.write(`GET /api/open/1 HTTP/1.1\r\n${OURS.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    await new Promise<void>((resolve) => socket.once("readable", () => resolve()));
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).filter((byte) => byte === 0x78).length;
    expect(bytes).toBeGreaterThanOrEqual(size);
    expect(bytes).toBeLessThan(size + 200);
  });

  it("S-116: a client that leaves ends the upstream's call", async () => {
    const gone = Promise.withResolvers<void>();
    rig.api.answer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      response.on("close", () => gone.resolve());
    });
    const socket = connect(ports.direct, "127.0.0.1");
    socket.write(`GET /api/open/1 HTTP/1.1\r\n${OURS.join("\r\n")}\r\n\r\n`);
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    socket.destroy();
    await expect(gone.promise).resolves.toBeUndefined();
  });

  it("an upstream that breaks off breaks the answer off, and not the process", async () => {
    rig.api.answer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 10);
    });
    const answer = await raw(ports.direct, ["GET /api/open/1 HTTP/1.1", ...OURS]).catch(() => "");
    expect(answer.endsWith("half") || answer === "").toBe(true);
    rig.api.answer((_, response) => response.end("fine"));
    expect(statusOf(await raw(ports.direct, ["GET /api/open/1 HTTP/1.1", ...OURS]))).toBe(200);
  });

  it("S-148: a body beyond the route's limit is refused, declared or not", async () => {
    const bff = rig.instance({
      routes: [{ prefix: "/api/open", upstream: rig.api.origin, tokenKind: "none", maxBodyBytes: 10 }],
    });
    const port = await listen(createServer(createNodeListener(bff, bff.app, { apiCalls: "direct" })));
    const declared = await raw(
      port,
      ["POST /api/open/1 HTTP/1.1", ...OURS, "Content-Length: 11"],
      "x".repeat(11),
    );
    expect(statusOf(declared)).toBe(413);
    const chunked = await raw(
      port,
      ["POST /api/open/1 HTTP/1.1", ...OURS, "Transfer-Encoding: chunked"],
      "b\r\nxxxxxxxxxxx\r\n0\r\n\r\n",
    );
    expect(statusOf(chunked)).toBe(413);
    expect(rig.api.calls).toEqual([]);
  });

  it("S-110: tells the API the connection's address", async () => {
    await raw(ports.direct, ["GET /api/open/1 HTTP/1.1", ...OURS, "X-Forwarded-For: 192.0.2.1"]);
    expect(rig.api.calls[0]?.headers["x-forwarded-for"]).toBe("127.0.0.1");
  });
});

describe("an API's answer that is there at once", () => {
  it.each([
    ["none", 0],
    ["a small one", 1_024],
    ["a larger one", 16 * 1024],
    ["one that is too large to be copied", 40 * 1024],
  ])("leaves byte for byte, and up to 16 KiB in one write with its head: %s", async (_, length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => index % 256));
    rig.api.answer((_, response) => response.writeHead(200, { "content-length": length }).end(bytes));
    const server = createServer(createNodeListener(rig.bff, rig.bff.app, { apiCalls: "direct" }));
    const chunks: number[] = [];
    server.on("connection", (socket: Socket) => {
      const write = socket._write.bind(socket);
      const writev = socket._writev?.bind(socket);
      socket._write = (...args) => {
        chunks.push(1);
        write(...args);
      };
      socket._writev = (all, done) => {
        chunks.push(all.length);
        writev?.(all, done);
      };
    });
    const received = await raw(await listen(server), ["GET /api/open/1 HTTP/1.1", ...OURS]);
    const body = received.slice(received.indexOf("\r\n\r\n") + 4);
    expect(Buffer.from(body, "latin1").equals(bytes)).toBe(true);
    expect(length > 16 * 1024 || chunks.join() === "1").toBe(true);
  });
});

describe("an answer that fails against its word", () => {
  it("S-138: costs the one connection, not a client that waits for ever, nor the process", async () => {
    const answerDirectly = () => Promise.reject(new Error("never"));
    const listener = createNodeListener({ ...rig.bff, answerDirectly }, rig.bff.app, { apiCalls: "direct" });
    const port = await listen(createServer(listener));
    const received = await raw(port, ["GET /api/plain/1 HTTP/1.1", ...OURS]).catch(() => "");
    expect(received).toBe("");
  });

  it("S-138: of an app that rejects is a problem without details", async () => {
    const app = { fetch: () => Promise.reject(new Error("secret words")) };
    const port = await listen(createServer(createNodeListener(rig.bff, app)));
    const received = await raw(port, ["GET /x HTTP/1.1", ...OURS]);
    expect(statusOf(received)).toBe(500);
    expect(received).toContain("coatcheck-problem: internal");
    expect(received).not.toContain("secret words");
  });
});

describe("a request of which no URL can be made", () => {
  it.each([
    ["no host", ["GET /bff/session HTTP/1.0", "Connection: close"]],
    ["a host that is none", ["GET /bff/session HTTP/1.1", "Host: a b", "Connection: close"]],
    ["a backslash", ["GET /\\bff/session HTTP/1.1", ...OURS]],
    ["an asterisk", ["OPTIONS * HTTP/1.1", ...OURS]],
  ])("S-138 S-123: %s is a problem, with the headers of one", async (_, head) => {
    const received = await raw(ports.portable, head);
    expect(statusOf(received)).toBe(400);
    expect(received.toLowerCase()).toContain("x-content-type-options: nosniff");
    expect(received.toLowerCase()).toContain("coatcheck-problem: bad_request");
  });
});

describe.each(["portable", "direct"] as const)("a load balancer's check that names no host (%s)", (way) => {
  const HOSTLESS = [
    ["1.0", []],
    ["1.0", ["Host: "]],
    ["1.1", ["Host: "]],
  ] as const;

  it.each(
    HOSTLESS.flatMap(([version, host]) =>
      ["GET /healthz", "HEAD /healthz", "GET /readyz", "HEAD /readyz", "GET /readyz?from=lb"].map(
        (request) => [`${request} HTTP/${version}`, host] as const,
      ),
    ),
  )("is answered as one that names one: %s %j", async (line, host) => {
    const [hostless, named] = await Promise.all([
      raw(ports[way], [line, ...host, "Connection: close"]),
      raw(ports[way], [line, "Host: 10.0.0.7", "Connection: close"]),
    ]);
    expect(statusOf(hostless)).toBe(200);
    expect(withoutRequestFacts(hostless)).toBe(withoutRequestFacts(named));
  });

  it.each([
    "POST /healthz",
    "GET /healthz/",
    "GET /HEALTHZ",
    "GET //healthz",
    "GET /x/../healthz",
    "GET /%68ealthz",
    "GET /bff/session",
    "GET /bff/login",
    "POST /bff/backchannel-logout",
    "GET /api/open/1",
    "GET /",
  ])("gets 400 for whatever else it asks: %s", async (request) => {
    for (const [version, host] of HOSTLESS) {
      const head = [`${request} HTTP/${version}`, ...host, "X-Coatcheck: 1", "Connection: close"];
      expect(statusOf(await raw(ports[way], [...head, "Content-Length: 0"]))).toBe(400);
    }
  });
});

describe.each(["portable", "direct"] as const)("S-142: a host that no URL has (%s)", (way) => {
  it.each(["localhost..7", "a..69", "1.2.3.4.5", "256.256.256.256", "a%00b", "a:99999"])(
    "gets 400 for %s, whatever the path",
    async (host) => {
      for (const target of [
        "/",
        "/healthz",
        "/bff/session",
        "/bff/callback?code=a&state=b",
        "/api/plain/1",
      ]) {
        const answer = await raw(ports[way], [`GET ${target} HTTP/1.1`, `Host: ${host}`, ...OURS.slice(1)]);
        expect([target, statusOf(answer)]).toEqual([target, 400]);
        expect(answer.toLowerCase()).toContain("x-content-type-options: nosniff");
      }
    },
  );
});

describe("calls that are answered together", () => {
  it("each stay in the asynchronous context of their own request: whoever logs there names no other", async () => {
    const paths = ["/api/open/1", "/api/open/2", "/api/open/3"];
    const arrived: string[] = [];
    const all = Promise.withResolvers<void>();
    const answerDirectly: Rig["bff"]["answerDirectly"] = async ({ rawTarget }) => {
      arrived.push(rawTarget);
      if (arrived.length === paths.length) all.resolve();
      await all.promise;
      return { status: 200, headers: [], body: rawTarget };
    };
    const { app } = rig.bff;
    const answer = createNodeListener({ app, answerDirectly, answerApiCall: answerDirectly }, app, {
      apiCalls: "direct",
    });
    const contexts = new AsyncLocalStorage<string>();
    const seen = new Map<string | undefined, string | undefined>();
    const port = await listen(
      createServer((incoming, outgoing) =>
        contexts.run(incoming.url ?? "", () => {
          outgoing.on("finish", () => seen.set(incoming.url, contexts.getStore()));
          answer(incoming, outgoing);
        }),
      ),
    );
    await Promise.all(paths.map((path) => raw(port, [`GET ${path} HTTP/1.1`, ...OURS])));
    expect(seen).toEqual(new Map(paths.map((path) => [path, path])));
  });
});

describe("a body that was read before the BFF", () => {
  it("is refused at once, and a warning says what to change", async () => {
    const answer = createNodeListener(rig.bff, rig.bff.app);
    const port = await listen(
      createServer((incoming, outgoing) => {
        incoming.resume().on("end", () => answer(incoming, outgoing));
      }),
    );
    const warnings: unknown[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listener);
    const head = [
      "POST /api/open/1 HTTP/1.1",
      ...OURS,
      "Content-Type: application/json",
      "Content-Length: 2",
    ];
    const received = await raw(port, head, "{}");
    expect([statusOf(received), received]).toEqual([500, expect.stringContaining('"code":"internal"')]);
    await expect.poll(() => warnings).toEqual([expect.objectContaining({ code: "COATCHECK_BODY_READ" })]);
    process.off("warning", listener);
    expect(rig.api.calls).toEqual([]);
  });
});
