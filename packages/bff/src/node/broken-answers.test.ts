import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import type { ListeningServer } from "@coatcheck/testkit/node";
import { Hono } from "hono";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { listenOnWays, WAYS } from "../../fixtures/listen-on-ways.ts";
import type { ListeningWays } from "../../fixtures/listen-on-ways.ts";
import { startRig } from "../../fixtures/rig.ts";
import type { Rig } from "../../fixtures/rig.ts";
import { createNodeListener } from "./create-node-listener.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const TYPED = `${OK}Content-Type: application/json\r\n`;
const OURS = "Host: localhost:3000\r\nX-Coatcheck: 1\r\nSec-Fetch-Site: same-origin\r\n";
const API_CALL = `GET /api/open/1 HTTP/1.1\r\n${OURS}\r\n`;

let rig: Rig;
/** An API that says what it is told to, byte for byte, and closes. */
let speak: (socket: Socket) => void;
let api: ListeningServer;
let ways: ListeningWays;
const printed: unknown[] = [];
let cookie = "";

beforeAll(async () => {
  api = await listenOnLoopback(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => speak(socket));
    }),
  );
  const upstream = api.origin;
  const route = { upstream, tokenKind: "none", idleTimeoutMs: 500 } as const;
  rig = await startRig({ config: { routes: [{ prefix: "/api/open", ...route }] } });
  const { bff } = rig;
  const browser = rig.browser();
  await rig.signIn(browser);
  cookie = Array.from(browser.cookies.values(), ({ name, value }) => `${name}=${value}`).join("; ");
  const app = new Hono();
  // As middleware that compresses does it.
  app.use(async (c, next) => {
    await next();
    const { body } = c.res;
    c.res = new Response(body?.pipeThrough(new TransformStream<Uint8Array, Uint8Array>()), c.res);
  });
  app.get("/mine", bff.requireSession(), (c) => bff.fetch(c, `${upstream}/1`));
  app.route("/", bff.app);
  ways = await listenOnWays(bff, app);
});
afterAll(async () => {
  await ways.close();
  await api.close();
  await rig.close();
});
beforeEach(() => {
  rig.log.length = 0;
  printed.length = 0;
  for (const method of ["error", "info", "log", "warn"] as const)
    vi.spyOn(console, method).mockImplementation((...said) => void printed.push(said));
  vi.spyOn(process, "emitWarning").mockImplementation((warning) => void printed.push(warning));
});
afterEach(() => void vi.restoreAllMocks());

/** @returns what came back until the other side closed, and whether it was a whole answer */
async function ask(
  port: number,
  request = API_CALL,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let text = "";
  socket.on("data", (chunk: string) => {
    text += chunk;
    // The connection is kept: a whole answer doesn't close it.
    if (isWhole(text)) socket.end();
  });
  socket.on("error", () => undefined);
  socket.write(request);
  await new Promise((resolve) => socket.on("close", resolve));
  return { text, isWhole: isWhole(text) };
}

function isWhole(text: string): boolean {
  const [head = "", body] = text.split("\r\n\r\n", 2);
  const length = /content-length: (\d+)/iu.exec(head)?.[1];
  if (body === undefined) return false;
  return length === undefined ? text.endsWith("0\r\n\r\n") : body.length === Number(length);
}

function failures() {
  return rig.log.filter(({ event }) => event === "proxy_failed");
}

describe.each(WAYS)("an API that breaks off in the middle (%s)", (way) => {
  it.each([
    ["a length, and less than that", `${TYPED}Content-Length: 5\r\n\r\nok`, "UND_ERR_SOCKET"],
    ["a length, and nothing", `${TYPED}Content-Length: 5\r\n\r\n`, "UND_ERR_SOCKET"],
    ["no type either", `${OK}Content-Length: 5\r\n\r\nok`, "UND_ERR_SOCKET"],
    ["chunks without the last", `${TYPED}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, "UND_ERR_SOCKET"],
    ["no chunk", `${TYPED}Transfer-Encoding: chunked\r\n\r\n`, "UND_ERR_SOCKET"],
    ["what is no chunk", `${TYPED}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nxx`, "HTTPParserError"],
  ])("is written down once, and breaks the answer off: %s", async (_, bytes, reason) => {
    for (const delayMs of [0, 20]) {
      rig.log.length = 0;
      const cut = bytes.indexOf("\r\n\r\n") + 4;
      speak = (socket) => {
        if (delayMs === 0) socket.end(bytes);
        else {
          socket.write(bytes.slice(0, cut));
          setTimeout(() => socket.end(bytes.slice(cut)), delayMs);
        }
      };
      const { isWhole: isEnded } = await ask(ways.ports[way]);
      expect(isEnded).toBe(false);
      expect(failures()).toEqual([
        {
          level: "warn",
          event: "proxy_failed",
          requestId: expect.any(String),
          route: "/api/open",
          code: "upstream_failed",
          reason: expect.stringContaining(reason),
        },
      ]);
      expect(printed).toEqual([]);
    }
  });

  it("is written down where it falls silent, too", async () => {
    speak = (socket) => void socket.write(`${TYPED}Content-Length: 5\r\n\r\nok`);
    expect((await ask(ways.ports[way])).isWhole).toBe(false);
    expect(failures()).toMatchObject([{ code: "upstream_timeout" }]);
    expect(printed).toEqual([]);
  });

  it.each([
    ["with a length", `${TYPED}Content-Length: 5\r\n\r\nhello`],
    ["in chunks", `${TYPED}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
    ["until the connection ends", `${TYPED}Connection: close\r\n\r\nhello`],
  ])("isn't one whose answer is whole: %s", async (_, bytes) => {
    speak = (socket) => void socket.end(bytes);
    const { isWhole: isEnded, text } = await ask(ways.ports[way]);
    expect([isEnded, text.includes("hello")]).toEqual([true, true]);
    expect([...failures(), ...printed]).toEqual([]);
  });

  it("isn't one whose client has left", async () => {
    const closed = Promise.withResolvers<void>();
    speak = (socket) => {
      socket.write(`${TYPED}Content-Length: 5\r\n\r\nok`);
      socket.on("close", () => closed.resolve());
    };
    const client = connect(ways.ports[way], "127.0.0.1");
    client.write(API_CALL);
    await new Promise((resolve) => client.once("data", resolve));
    client.destroy();
    await closed.promise;
    await new Promise(setImmediate);
    expect([...failures(), ...printed]).toEqual([]);
  });
});

it("an API that breaks off behind a route of the app's own is written down once, too", async () => {
  const request = `GET /mine HTTP/1.1\r\n${OURS}Cookie: ${cookie}\r\n\r\n`;
  speak = (socket) => void socket.end(`${TYPED}Content-Length: 5\r\n\r\nok`);
  expect((await ask(ways.ports["behind middleware"], request)).isWhole).toBe(false);
  expect(failures()).toMatchObject([{ code: "upstream_failed" }]);
  expect(printed).toEqual([]);
});

it("middleware that fails over an API's body breaks the answer off, and a warning says why", async () => {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    const transform = () => Promise.reject(new TypeError("no transform"));
    c.res = new Response(c.res.body?.pipeThrough(new TransformStream({ transform })), c.res);
  });
  app.route("/", rig.bff.app);
  const failing = await listenOnLoopback(createHttpServer(createNodeListener(rig.bff, app)));
  onTestFinished(() => failing.close());
  speak = (socket) => {
    socket.write(`${TYPED}Content-Length: 5\r\n\r\nhe`);
    setTimeout(() => socket.end("llo"), 10);
  };
  expect((await ask(failing.port)).isWhole).toBe(false);
  expect(failures()).toEqual([]);
  expect(printed).toEqual([expect.objectContaining({ message: "no transform" })]);
});
