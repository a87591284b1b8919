import { createNodeConnectSocket } from "@coatcheck/proxy/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFailingApi } from "../../fixtures/failing-api.ts";
import type { ApiCondition, FailingApi } from "../../fixtures/failing-api.ts";
import { openSocket } from "../../fixtures/open-socket.ts";
import { openStream } from "../../fixtures/open-stream.ts";
import type { Browser } from "../../fixtures/rig.ts";
import { startSocketStage } from "../../fixtures/socket-stage.ts";
import type { SocketStage } from "../../fixtures/socket-stage.ts";
import type { Bff } from "../create-bff.ts";
import type { LoadSource } from "../observe/observer.ts";

const RETRY_MS = 10_000;
const FAILURES = 3;
const circuit = { failures: FAILURES, windowMs: 30_000, retryMs: RETRY_MS };

let stage: SocketStage;
let api: FailingApi;
let bff: Bff;
let browser: Browser;
/** By how much the clock is ahead that doesn't jump. */
let aheadMs = 0;

beforeAll(async () => {
  [stage, api] = [await startSocketStage(), await startFailingApi()];
});
afterAll(async () => {
  await api.close();
  await stage.close();
});
beforeEach(async () => {
  await api.comeBack();
  api.held.length = 0;
  stage.rig.log.length = 0;
  bff = instance();
  browser = await signedIn(bff);
  api.calls.length = 0;
});

/** How many calls wait for a place at the API. */
let queued = (): number | undefined => 0;
const observer = {
  watch(source: LoadSource) {
    queued = () => source.load().upstreams.find(({ origin }) => origin === api.origin)?.queued;
    return () => undefined;
  },
};

function instance(change: object = circuit, limits: object = {}): Bff {
  const route = { upstream: api.origin, circuit: change, limits };
  return stage.rig.instance(
    {
      routes: [
        { prefix: "/api/notes", ...route, websocket: true },
        { prefix: "/api/files", ...route },
        { prefix: "/api/short", ...route, headersTimeoutMs: 100, idleTimeoutMs: 100 },
        { prefix: "/api/small", ...route, maxBodyBytes: 2 },
        { prefix: "/api/other", upstream: stage.rig.api.origin },
      ],
    },
    {
      connectSocket: createNodeConnectSocket(),
      monotonicMs: () => performance.now() + aheadMs,
      observer,
    },
  );
}
async function signedIn(at: Bff): Promise<Browser> {
  await stage.signIn();
  return stage.rig.browserOf(at, stage.browser);
}
async function seen(answer: Response | Promise<Response>) {
  const { status, headers } = await answer;
  return [status, headers.get("coatcheck-problem"), headers.get("retry-after")];
}
const FINE = [200, null, null];
const HELD_BACK = [503, "overloaded", "10"];
const post = (body: string) => ({ method: "POST", body });
const events = (name: string) => stage.rig.log.filter(({ event }) => event === name);

async function openCircuit(how: ApiCondition | "refuses" = "refuses", path = "/api/notes/1"): Promise<void> {
  if (how === "refuses") await api.goAway();
  else api.be(how);
  for (let call = 0; call < FAILURES; call += 1) await browser.fetch(path);
}

/** Every way in which an API can't be reached; a route that waits no longer than a moment for one that hangs. */
const AWAY: readonly (readonly [how: ApiCondition | "refuses", path: string, status: number])[] = [
  ["refuses", "/api/notes/1", 502],
  ["resets", "/api/notes/1", 502],
  ["closes", "/api/notes/1", 502],
  ["hangs", "/api/short/1", 504],
  [502, "/api/notes/1", 502],
  [504, "/api/notes/1", 504],
];

describe("S-143: an API that can't be reached", () => {
  it.each(AWAY)(
    "(%s) isn't called any more, until a call that tries is answered",
    async (how, path, status) => {
      if (how === "refuses") await api.goAway();
      else api.be(how);
      for (let call = 0; call < FAILURES; call += 1) expect((await browser.fetch(path)).status).toBe(status);
      const before = api.calls.length;
      // All routes to its origin, and no other one.
      expect(await seen(browser.fetch(path))).toEqual(HELD_BACK);
      expect(await seen(browser.fetch("/api/files/2"))).toEqual(HELD_BACK);
      expect(await seen(browser.fetch("/api/other/x"))).toEqual(FINE);
      expect(events("circuit_opened")).toEqual([
        expect.objectContaining({ level: "warn", upstream: api.origin, reason: expect.any(String) }),
      ]);
      expect(events("overloaded").at(-1)).toMatchObject({ limit: "circuit", route: "/api/files" });

      await api.comeBack();
      expect(await seen(browser.fetch("/api/notes/3"))).toEqual(HELD_BACK);
      expect(api.calls).toHaveLength(before);
      aheadMs += RETRY_MS;
      expect(await seen(browser.fetch("/api/notes/4"))).toEqual(FINE);
      expect(events("circuit_closed")).toEqual([
        expect.objectContaining({ upstream: api.origin, refused: 3, openMs: expect.any(Number) }),
      ]);
      expect(await seen(browser.fetch("/api/files/5"))).toEqual(FINE);
    },
  );

  it("is tried again later and later, by one call each time", async () => {
    await openCircuit();
    for (let round = 0; round < 2; round += 1) {
      aheadMs += RETRY_MS;
      expect((await browser.fetch("/api/notes/1")).status).toBe(502);
      expect(await seen(browser.fetch("/api/notes/2"))).toEqual(HELD_BACK);
    }
    await api.comeBack();
    api.be("hold");
    aheadMs += RETRY_MS;
    const trying = browser.fetch("/api/notes/try");
    await expect.poll(() => api.held.length).toBe(1);
    const others = await Promise.all([1, 2, 3].map((call) => seen(browser.fetch(`/api/notes/${call}`))));
    expect(others).toEqual([HELD_BACK, HELD_BACK, HELD_BACK]);
    api.held[0]?.end("{}");
    expect(await seen(trying)).toEqual(FINE);
    api.be("well");
    expect(await seen(browser.fetch("/api/notes/4"))).toEqual(FINE);
    expect(events("circuit_opened")).toHaveLength(1);
  });

  it("gets nothing of a body while it is held back, and all of it afterwards", async () => {
    await openCircuit();
    await api.comeBack();
    expect(await seen(browser.fetch("/api/notes/7", post("hello")))).toEqual(HELD_BACK);
    expect(api.calls).toEqual([]);
    aheadMs += RETRY_MS;
    expect(await seen(browser.fetch("/api/notes/7", post("hello")))).toEqual(FINE);
    expect(api.calls).toEqual(["POST /7 hello"]);
  });

  it("costs no session: what was renewed for a call that is held back reaches the browser", async () => {
    const before = [...browser.cookies.values()].map(({ value }) => value);
    await openCircuit();
    stage.advance(61_000);
    const answer = await browser.fetch("/api/notes/1");
    expect(await seen(answer)).toEqual(HELD_BACK);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect([...browser.cookies.values()].map(({ value }) => value)).not.toEqual(before);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({
      state: "active",
      generation: 1,
    });
    stage.advance(-61_000);
  });

  it("keeps what is under way: a call, a stream and a WebSocket", async () => {
    const port = await stage.listen(bff);
    const stream = await openStream(port, browser, "/api/notes/stream");
    const page = await openSocket(port, browser, "/api/notes/room");
    if (!("socket" in page)) throw new Error("refused");
    api.be("hold");
    const slow = browser.fetch("/api/notes/slow");
    await expect.poll(() => api.held.length).toBe(2);
    await api.goAway({ cut: false });
    for (let call = 0; call < FAILURES; call += 1) await browser.fetch("/api/notes/1");
    expect(await seen(browser.fetch("/api/notes/2"))).toEqual(HELD_BACK);

    page.socket.send("still here");
    expect(await page.next()).toBe("still here");
    api.held[0]?.write("data: 2\n\n");
    await expect.poll(() => stream.text()).toContain("data: 2");
    api.held[1]?.end("{}");
    expect(await seen(slow)).toEqual(FINE);
    // It began before: that it was answered says nothing of now.
    expect(await seen(browser.fetch("/api/notes/3"))).toEqual(HELD_BACK);
    page.socket.terminate();
    stream.leave();
  });

  it("opens, holds back and closes by handshakes of WebSockets as well, and holds back streams", async () => {
    const port = await stage.listen(bff);
    const handshake = () => openSocket(port, browser, "/api/notes/room");
    await api.goAway();
    for (let call = 0; call < FAILURES; call += 1) expect(await handshake()).toMatchObject({ status: 502 });
    expect(await handshake()).toMatchObject({
      status: 503,
      problem: "overloaded",
      headers: { "retry-after": "10" },
    });
    expect((await openStream(port, browser, "/api/notes/stream")).status).toBe(503);
    await api.comeBack();
    aheadMs += RETRY_MS;
    const page = await handshake();
    expect("socket" in page).toBe(true);
    if ("socket" in page) page.socket.terminate();
    expect(await seen(browser.fetch("/api/notes/1"))).toEqual(FINE);
  });

  it("gets nothing of those that wait for a place when it turns out", async () => {
    const limits = { maxConcurrent: 1, maxQueued: 5, queueTimeoutMs: 10_000 };
    browser = await signedIn(instance({ ...circuit, failures: 1 }, limits));
    api.be("hold");
    const first = browser.fetch("/api/notes/1");
    await expect.poll(() => api.held.length).toBe(1);
    const waiting = [2, 3, 4].map((call) => seen(browser.fetch(`/api/notes/${call}`)));
    await expect.poll(() => queued()).toBe(3);
    api.held[0]?.destroy();
    expect((await first).status).toBe(502);
    expect(await Promise.all(waiting)).toEqual([HELD_BACK, HELD_BACK, HELD_BACK]);
    expect(api.calls).toEqual(["GET /1"]);
  });

  it("isn't told by a clock that is set: neither ahead nor back", async () => {
    await openCircuit();
    await api.comeBack();
    for (const ms of [50_000, -100_000, 50_000]) {
      stage.advance(ms);
      expect(await seen(browser.fetch("/api/notes/1"))).toEqual(HELD_BACK);
    }
    aheadMs += RETRY_MS;
    expect(await seen(browser.fetch("/api/notes/1"))).toEqual(FINE);
  });
});

/** A stream that sends a byte, and then nothing until it is given up. */
function stuckBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
}

function upload(body: ReadableStream<Uint8Array>): RequestInit {
  return { method: "POST", body, duplex: "half" } as RequestInit;
}
async function statusOf(answer: Promise<Response>): Promise<number> {
  return (await answer).status;
}

/** What one person, or an API that is alive, may do without anybody being held back. */
const HARMLESS: readonly (readonly [string, ApiCondition, () => Promise<number>, number])[] = [
  ["500 of the API", 500, () => statusOf(browser.fetch("/api/notes/1")), 500],
  ["503 of the API", 503, () => statusOf(browser.fetch("/api/notes/1")), 503],
  ["429 of the API", 429, () => statusOf(browser.fetch("/api/notes/1")), 429],
  ["404 of the API", 404, () => statusOf(browser.fetch("/api/notes/1")), 404],
  ["an answer that can't be read", "garbles", () => statusOf(browser.fetch("/api/notes/1")), 502],
  [
    "a browser that goes away",
    "hangs",
    async () => {
      const gone = new AbortController();
      const before = api.calls.length;
      const call = statusOf(browser.fetch("/api/notes/1", { signal: gone.signal }));
      await expect.poll(() => api.calls.length).toBeGreaterThan(before);
      gone.abort();
      return call;
    },
    // Nobody reads it.
    502,
  ],
  [
    "a body that is sent too slowly",
    "well",
    () => statusOf(browser.fetch("/api/short/1", upload(stuckBody()))),
    504,
  ],
  [
    "a body that turns out to be too large",
    "well",
    () => statusOf(browser.fetch("/api/small/1", upload(new Blob(["abc"]).stream()))),
    413,
  ],
];

it.each(HARMLESS)("%s holds nobody back", async (_, condition, act, status) => {
  api.be(condition);
  for (let call = 0; call < FAILURES + 1; call += 1) expect(await act()).toBe(status);
  api.be("well");
  expect(await seen(browser.fetch("/api/notes/1"))).toEqual(FINE);
  expect(events("circuit_opened")).toEqual([]);
});

it("an API that fails for less than half of its calls is called on", async () => {
  for (let call = 0; call < FAILURES * 2; call += 1) {
    api.be("well");
    for (const path of ["/api/notes/1", "/api/files/1"])
      expect(await seen(browser.fetch(path))).toEqual(FINE);
    api.be("resets");
    expect((await browser.fetch("/api/notes/2")).status).toBe(502);
  }
});

it("where it is off, each call is tried", async () => {
  browser = await signedIn(instance({ failures: "none" }));
  await api.goAway();
  for (let call = 0; call < 12; call += 1) expect((await browser.fetch("/api/notes/1")).status).toBe(502);
});

it("routes to one origin that say something else are refused, and the fix names the other", () => {
  const routes = [
    { prefix: "/api/a", upstream: "https://notes.internal/a", circuit: { failures: 5 } },
    { prefix: "/api/b", upstream: "https://notes.internal/b" },
  ];
  expect(() => stage.rig.instance({ routes })).toThrowError(
    expect.objectContaining({
      problems: [{ path: "routes[1].circuit", fix: expect.stringContaining("routes[0]") }],
    }),
  );
});
