import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openSocket } from "../../fixtures/open-socket.ts";
import type { Rig } from "../../fixtures/rig.ts";
import type { SocketApi } from "../../fixtures/socket-api.ts";
import { startSocketStage } from "../../fixtures/socket-stage.ts";
import type { SocketStage } from "../../fixtures/socket-stage.ts";
import { acceptSockets } from "./accept-sockets.ts";

let stage: SocketStage;
let rig: Rig;
let api: SocketApi;

beforeAll(async () => {
  stage = await startSocketStage();
  ({ rig, api } = stage);
});
beforeEach(() => stage.signIn());
afterEach(() => stage.settle());
afterAll(() => stage.close());

describe("S-081: a handshake is refused", () => {
  it.each([
    ["of another origin", { origin: "https://evil.example" }, 403, "guard_refused"],
    ["of another port of this host", { origin: "http://localhost:3001" }, 403, "guard_refused"],
    ["of a sandboxed page", { origin: "null" }, 403, "guard_refused"],
    ["without an origin", { origin: undefined }, 403, "guard_refused"],
    [
      "with our header instead",
      { origin: undefined, headers: { "x-coatcheck": "1", "sec-fetch-site": "same-origin" } },
      403,
      "guard_refused",
    ],
    [
      "of another site by its own words",
      { headers: { "sec-fetch-site": "cross-site" } },
      403,
      "guard_refused",
    ],
    ["for another host", { headers: { host: "evil.example" } }, 400, "bad_request"],
    ["with subprotocols that repeat", { headers: { "sec-websocket-protocol": "a, a" } }, 400, "bad_request"],
  ] as const)("%s", async (_, options, status, problem) => {
    const answer = await stage.refused("/api/live/room", options);
    expect([answer.status, answer.problem, api.handshakes.length]).toEqual([status, problem, 0]);
  });

  it.each([
    ["on a route that takes none", "/api/plain/1", 400, "bad_request"],
    ["where there is no route", "/api/nothing/1", 404, "unknown_route"],
    ["on a route of our own", "/bff/session", 404, "unknown_route"],
    ["on an ambiguous path", "/api/live/..%2fx", 400, "ambiguous_path"],
    ["where the API can't be reached", "/api/nowhere/1", 502, "upstream_failed"],
  ])("%s", async (_, path, status, problem) => {
    const answer = await stage.refused(path);
    expect([answer.status, answer.problem, api.handshakes.length]).toEqual([status, problem, 0]);
  });

  it("without a session, or with one that has ended", async () => {
    const copy = stage.browser.copy();
    await stage.signOut(stage.browser);
    for (const who of [stage.browser, copy]) {
      const answer = await openSocket(stage.port, who, "/api/live/room");
      expect(answer).toMatchObject({ status: 401, problem: "no_session" });
    }
    expect(api.handshakes).toEqual([]);
  });

  it.each([401, 403, 404, 500, 503])(
    "as the API refuses it: %i, and nothing of what it says",
    async (status) => {
      api.refuse(() => ({ status, headers: { "set-cookie": "a=b", server: "api/1", "retry-after": "7" } }));
      const answer = await stage.refused();
      expect([answer.status, answer.headers["retry-after"], answer.body]).toEqual([status, "7", ""]);
      expect([answer.headers["set-cookie"], answer.headers["server"]]).toEqual([undefined, undefined]);
    },
  );

  it.each([200, 302])("with 502 where the API answers %i", async (status) => {
    api.refuse(() => ({ status, headers: { location: "https://elsewhere.example" } }));
    expect(await stage.refused()).toMatchObject({ status: 502, problem: "upstream_failed" });
  });

  it("with 504 where the API doesn't answer in time", async () => {
    const silent = createServer();
    silent.on("upgrade", () => undefined);
    const { origin: upstream, close } = await listenOnLoopback(silent);
    const at = await stage.listen(stage.instance({ upstream, headersTimeoutMs: 100 }));
    expect(await stage.refused("/api/live/1", {}, at)).toMatchObject({
      status: 504,
      problem: "upstream_timeout",
    });
    await close();
  });

  it("with 503 where the limits of a session or of the process are reached, and taken again afterwards", async () => {
    const at = await stage.listen(stage.instance({}, { socketsPerSession: 2, sockets: 3 }));
    const [first] = [await stage.open("/api/live/1", {}, at), await stage.open("/api/live/2", {}, at)];
    const answer = await stage.refused("/api/live/3", {}, at);
    expect([answer.status, answer.problem, answer.headers["retry-after"]]).toEqual([503, "overloaded", "5"]);
    const mine = stage.browser;
    stage.browser = rig.browserOf(stage.bff, rig.browser());
    await rig.signIn(stage.browser, { user: "ines" });
    await stage.open("/api/live/4", {}, at);
    expect(await stage.refused("/api/live/5", {}, at)).toMatchObject({ status: 503, problem: "overloaded" });
    stage.browser = mine;
    first.socket.close();
    await first.closed;
    await expect
      .poll(async () => "socket" in (await openSocket(at, stage.browser, "/api/live/6")))
      .toBe(true);
  });

  it("a place isn't lost to handshakes that the API refuses, or that the browser gives up", async () => {
    const at = await stage.listen(stage.instance({}, { sockets: 1 }));
    api.refuse(() => ({ status: 500 }));
    for (let round = 0; round < 3; round += 1)
      expect((await stage.refused("/api/live/1", {}, at)).status).toBe(500);
    api.refuse(undefined);
    const cookie = [...stage.browser.cookies.values()]
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    const head = `GET /api/live/1 HTTP/1.1\r\nHost: localhost:3000\r\nOrigin: http://localhost:3000\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
    for (let round = 0; round < 3; round += 1) {
      const socket = connect(at, "127.0.0.1");
      socket.on("error", () => undefined);
      await new Promise<void>((resolve) => socket.write(head, () => resolve()));
      socket.resetAndDestroy();
    }
    await expect
      .poll(async () => "socket" in (await openSocket(at, stage.browser, "/api/live/1")), { timeout: 5_000 })
      .toBe(true);
  });

  it.each([
    ["of another version", "Sec-WebSocket-Version: 8", 400],
    ["with another method", "Sec-WebSocket-Version: 13", 405],
  ])("%s", async (name, line, status) => {
    const method = name.includes("method") ? "POST" : "GET";
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(stage.port, "127.0.0.1", () =>
        socket.write(
          `${method} /api/live/1 HTTP/1.1\r\nHost: localhost:3000\r\nOrigin: http://localhost:3000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${line}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
        ),
      );
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(api.handshakes).toEqual([]);
  });
});

describe("S-138 S-145: a refused handshake holds no connection", () => {
  const HANDSHAKE =
    "GET /bff/anything HTTP/1.1\r\nHost: localhost:3000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
  let server: Server;
  let port: number;
  let peers: Socket[];
  const held = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, count) => resolve(count)));

  beforeEach(async () => {
    peers = [];
    server = createServer();
    acceptSockets(server, stage.bff);
    ({ port } = await listenOnLoopback(server));
  });
  afterEach(() => {
    vi.useRealTimers();
    for (const peer of peers) peer.destroy();
    server.close();
  });

  async function ask(rest: string, allowHalfOpen: boolean): Promise<Socket> {
    const peer = connect({ port, host: "127.0.0.1", allowHalfOpen });
    peers.push(peer);
    peer.on("error", () => undefined).write(HANDSHAKE + rest);
    expect(String(await new Promise((resolve) => peer.once("data", resolve)))).toContain(" 404 ");
    return peer;
  }

  it.each([
    ["a byte", "\r\nx"],
    ["a body", `Content-Length: 200000\r\n\r\n${"x".repeat(200_000)}`],
    ["nothing", "\r\n"],
  ])("of one who sends %s behind it and leaves", async (_, rest) => {
    for (let round = 0; round < 3; round += 1) (await ask(rest, false)).destroy();
    await expect.poll(held).toBe(0);
  });

  it("of one who stays, after a while", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await ask("\r\n", true);
    expect(await held()).toBe(1);
    vi.advanceTimersByTime(5_000);
    vi.useRealTimers();
    await expect.poll(held).toBe(0);
  });
});

it("an upgrade to something else is an ordinary request", async () => {
  const cookie = [...stage.browser.cookies.values()].map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = {
    connection: "upgrade",
    upgrade: "h2c",
    cookie,
    "x-coatcheck": "1",
    "sec-fetch-site": "same-origin",
  };
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(stage.port, "127.0.0.1", () => {
      const lines = Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("");
      socket.write(`GET /bff/session HTTP/1.1\r\nhost: localhost:3000\r\n${lines}\r\n`);
    });
    socket.on("data", (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.on("error", reject);
  });
  expect(answer).toContain("HTTP/1.1 200 OK");
});
