import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { WebSocket } from "ws";
import { createNodeConnectSocket } from "@coatcheck/proxy/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStream } from "../../fixtures/open-stream.ts";
import type { OpenStream } from "../../fixtures/open-stream.ts";
import type { PageSocket } from "../../fixtures/open-socket.ts";
import { MESSAGE_BYTES, startSocketStage } from "../../fixtures/socket-stage.ts";
import type { SocketStage } from "../../fixtures/socket-stage.ts";
import type { Bff } from "../create-bff.ts";
import { createNodeListener } from "../node/create-node-listener.ts";
import type { BffLoad, CallShed, ConnectionSeen, LoadSource } from "./observer.ts";

let stage: SocketStage;
let bff: Bff;
let port = 0;
const connections: ConnectionSeen[] = [];
const shed: CallShed[] = [];
const sources = new Set<LoadSource>();
/** The answers that the API has open. */
let open: ServerResponse[] = [];

const observer = {
  connection: (seen: ConnectionSeen) => void connections.push(seen),
  shed: (seen: CallShed) => void shed.push(seen),
  watch(source: LoadSource) {
    sources.add(source);
    return () => void sources.delete(source);
  },
};

beforeAll(async () => {
  stage = await startSocketStage();
  const { api, rig } = stage;
  const limits = { maxConcurrent: 3, maxQueued: 1, queueTimeoutMs: 60_000 };
  const live = { upstream: api.origin, websocket: true, limits };
  const events = { upstream: rig.api.origin, limits };
  const routes = [
    { prefix: "/api/live", ...live },
    { prefix: "/api/live/idle", ...live, socketIdleTimeoutMs: 500 },
    { prefix: "/api/live/ping", ...live, socketPingMs: 1_000 },
    { prefix: "/api/events", ...events },
    { prefix: "/api/events/idle", ...events, eventStreamIdleTimeoutMs: 30 },
    { prefix: "/api/news", ...events, tokenKind: "none" as const },
  ];
  bff = rig.instance(
    { routes, limits: { callsPerSession: 5, sockets: 2 } },
    { connectSocket: createNodeConnectSocket(), observer },
  );
  port = await stage.listen(bff);
});
beforeEach(async () => {
  await stage.signIn();
  stage.browser = stage.rig.browserOf(bff, stage.browser);
  open = [];
  connections.length = 0;
  shed.length = 0;
  stage.rig.api.answer(({ url }, response) => {
    open.push(response);
    if (!url.includes("stream")) return;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
  });
});
afterEach(() => stage.settle());
afterAll(() => stage.close());

function load(): BffLoad {
  const [source] = sources;
  if (source === undefined) throw new Error("nobody can be asked");
  return source.load();
}
function apiLoad() {
  return load().upstreams.find(({ origin }) => origin === stage.rig.api.origin);
}

const STREAM_ENDS: readonly (readonly [
  string,
  string,
  (stream: OpenStream) => unknown,
  ConnectionSeen["endedBy"],
])[] = [
  ["its browser leaves", "/api/events", (stream) => stream.leave(), "client"],
  ["its API ends it", "/api/events", () => open[0]?.end(), "upstream"],
  ["its API breaks off", "/api/events", () => open[0]?.destroy(), "upstream"],
  ["its person signs out", "/api/events", () => stage.signOut(), "session"],
  ["it is silent", "/api/events/idle", () => undefined, "idle"],
  ["nobody is signed in, and its browser leaves", "/api/news", (stream) => stream.leave(), "client"],
  ["nobody is signed in, and its API ends it", "/api/news", () => open[0]?.end(), "upstream"],
];

it.each(STREAM_ENDS)("an event stream is told of, by what ends it: %s", async (_, route, act, endedBy) => {
  const stream = await openStream(port, stage.browser, `${route}/stream`);
  expect(connections).toEqual([{ route, kind: "event_stream" }]);
  expect(load().busiestSession).toBe(route === "/api/news" ? 0 : 1);
  await act(stream);
  await expect.poll(() => connections.slice(1)).toEqual([{ route, kind: "event_stream", endedBy }]);
  expect(load().busiestSession).toBe(0);
  expect(apiLoad()).toMatchObject({ active: 0, queued: 0 });
});

it("an event stream that came through the app is told of as well, by what ends it", async () => {
  const server = createServer(createNodeListener(bff, bff.app, { apiCalls: "through-app" }));
  const { port: throughApp, close } = await listenOnLoopback(server);
  for (const [act, endedBy] of [
    [(stream: OpenStream) => stream.leave(), "client"],
    [() => open.at(-1)?.end(), "upstream"],
  ] as const) {
    connections.length = 0;
    act(await openStream(throughApp, stage.browser, "/api/events/stream"));
    const begun = { route: "/api/events", kind: "event_stream" };
    await expect.poll(() => connections).toEqual([begun, { ...begun, endedBy }]);
  }
  await close();
});

const SOCKET_ENDS: readonly (readonly [
  string,
  string,
  (page: PageSocket) => unknown,
  ConnectionSeen["endedBy"],
])[] = [
  ["its page closes it", "/api/live", ({ socket }) => socket.close(1000), "client"],
  ["its browser is gone", "/api/live", ({ socket }) => socket.terminate(), "client"],
  ["its API closes it", "/api/live", () => [...stage.api.open].at(-1)?.close(4_000), "upstream"],
  ["its person signs out", "/api/live", () => stage.signOut(), "session"],
  ["a message is too big", "/api/live", ({ socket }) => socket.send("x".repeat(MESSAGE_BYTES)), "too_big"],
  ["it is silent", "/api/live/idle", () => undefined, "idle"],
  ["its browser gives no sign of life", "/api/live/ping", ({ socket }) => socket.pause(), "lost"],
];

it.each(SOCKET_ENDS)("a WebSocket is told of, by what ends it: %s", async (_, route, act, endedBy) => {
  const page = await stage.open(`${route}/room`, {}, port);
  await expect.poll(() => connections).toEqual([{ route, kind: "websocket" }]);
  await act(page);
  await expect
    .poll(() => connections.slice(1), { timeout: 10_000 })
    .toEqual([{ route, kind: "websocket", endedBy }]);
  if (page.socket.readyState !== WebSocket.CLOSED) page.socket.terminate();
});

describe("what a process has to do", () => {
  it("is told by API, and what is refused by its limit", async () => {
    const calls = [1, 2, 3].map((call) => stage.browser.fetch(`/api/events/${call}`));
    await expect.poll(apiLoad).toEqual({
      origin: stage.rig.api.origin,
      active: 3,
      queued: 0,
      isCircuitOpen: false,
    });
    const queued = stage.browser.fetch("/api/events/4");
    await expect.poll(apiLoad).toMatchObject({ active: 3, queued: 1 });
    expect(load().busiestSession).toBe(4);
    expect((await stage.browser.fetch("/api/events/5")).status).toBe(503);
    expect(shed).toEqual([{ route: "/api/events", limit: "upstream" }]);

    await stage.open("/api/live/room", {}, port);
    expect(load().busiestSession).toBe(5);
    expect((await stage.browser.fetch("/api/events/6")).status).toBe(503);
    await stage.refused("/api/live/room", {}, port);
    expect(shed.slice(1)).toEqual([
      { route: "/api/events", limit: "session" },
      { route: "/api/live", limit: "session" },
    ]);
    for (let answered = 0; answered < 4; answered += 1) {
      await expect.poll(() => open.length).toBeGreaterThan(answered);
      open[answered]?.end("{}");
    }
    expect((await Promise.all([...calls, queued])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await stage.open("/api/live/room", {}, port);
    await stage.refused("/api/live/room", {}, port);
    expect(shed.at(-1)).toEqual({ route: "/api/live", limit: "sockets" });
  });

  it("names each origin of the configuration once, and all its routes", () => {
    const [source] = sources;
    expect(source?.load().upstreams.map(({ origin }) => origin)).toEqual([
      stage.api.origin,
      stage.rig.api.origin,
    ]);
    expect(source?.routes).toHaveLength(6);
  });

  it("S-135: names no session, no person and no path", () => {
    expect(JSON.stringify([connections, shed, load()])).not.toMatch(/room|stream\b|ada|sid/u);
  });

  // The last one: it takes no more WebSockets.
  it("ends with the process: WebSockets by a restart, and nobody is asked any more", async () => {
    await stage.open("/api/live/room", {}, port);
    bff.closeSockets();
    await expect
      .poll(() => connections.slice(1))
      .toEqual([{ route: "/api/live", kind: "websocket", endedBy: "restart" }]);
    await bff.close();
    expect(sources.size).toBe(0);
  });
});
