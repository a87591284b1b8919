import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Rig } from "../../fixtures/rig.ts";
import type { SocketApi } from "../../fixtures/socket-api.ts";
import { MESSAGE_BYTES, startSocketStage } from "../../fixtures/socket-stage.ts";
import type { SocketStage } from "../../fixtures/socket-stage.ts";

const HOUR_MS = 3_600_000;

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

describe("a WebSocket", () => {
  it("S-109 S-113: reaches the API with the token, and with nothing else of the browser", async () => {
    const page = await stage.open("/api/live/room/7?x=%7E|1", {
      headers: {
        authorization: "Bearer stolen",
        "x-forwarded-for": "6.6.6.6",
        "x-user-id": "root",
        te: "trailers",
      },
    });
    page.socket.send("hello");
    expect(await page.next()).toBe("hello");
    const [handshake] = api.handshakes;
    expect(handshake?.url).toBe("/v1/room/7?x=%7E|1");
    const { authorization, cookie, origin, te, host, ...headers } = handshake?.headers ?? {};
    expect(authorization).toMatch(/^Bearer [\w.-]{20,}$/u);
    expect([cookie, origin, te, headers["x-user-id"], headers["sec-websocket-extensions"]]).toEqual(
      Array.from({ length: 5 }),
    );
    expect([host, headers["x-forwarded-host"]]).toEqual([new URL(api.origin).host, "localhost:3000"]);
    expect(JSON.stringify(page.headers)).not.toContain(authorization?.slice(7));
  });

  it("renews an expired token before the handshake, and gives the browser its cookie with it", async () => {
    const before = [...stage.browser.cookies.values()].map(({ value }) => value);
    stage.advance(61_000);
    const page = await stage.open();
    const { "set-cookie": setCookie = [] } = page.headers;
    expect(setCookie).toHaveLength(1);
    expect(before).not.toContain(setCookie[0]?.split(";")[0]?.split("=")[1]);
  });

  it("asks once more with a new token where the API refuses the old one", async () => {
    stage.advance(20_000);
    const refusals: string[] = [];
    api.refuse(({ headers }) => {
      refusals.push(headers.authorization ?? "");
      return refusals.length > 1
        ? undefined
        : { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } };
    });
    const page = await stage.open();
    page.socket.send("1");
    expect(await page.next()).toBe("1");
    expect(new Set(refusals).size).toBe(2);
  });

  it("carries texts, bytes and large messages whole, both ways and in their order", async () => {
    const page = await stage.open();
    const { socket } = page;
    const large = "x".repeat(MESSAGE_BYTES - 1);
    for (const text of ["", "grün 🧥", large, "last"]) socket.send(text);
    expect([await page.next(), await page.next(), await page.next(), await page.next()]).toEqual([
      "",
      "grün 🧥",
      large,
      "last",
    ]);
    socket.send(Buffer.from([0, 255, 7]));
    const [bytes, isBinary] = await new Promise<[Buffer, boolean]>((resolve) =>
      socket.once("message", (data: Buffer, binary) => resolve([data, binary])),
    );
    expect([[...bytes], isBinary]).toEqual([[0, 255, 7], true]);
  });

  it("gives the page what the API says before anybody has asked", { timeout: 5_000 }, async () => {
    api.serve((socket) => {
      socket.send("first");
      socket.close(4000, "done");
    });
    const page = await stage.open();
    expect([await page.next(), await page.closed]).toEqual(["first", { code: 4000, reason: "done" }]);
  });

  it("speaks the subprotocol that the API chooses of the page's", async () => {
    const page = await stage.open("/api/live/room", { protocols: ["v1.notes", "v2.notes"] });
    expect([page.socket.protocol, api.handshakes[0]?.headers["sec-websocket-protocol"]]).toEqual([
      "v2.notes",
      "v1.notes,v2.notes",
    ]);
  });

  it("S-116: doesn't pile up what a slow page doesn't read", async () => {
    let sent = 0;
    const flood = Buffer.alloc(64 * 1024, "x");
    api.serve((socket) => {
      const more = (): void => {
        if (socket.readyState !== WebSocket.OPEN) return;
        sent += 1;
        socket.send(flood, () => setImmediate(more));
      };
      more();
    });
    const page = await stage.open();
    page.socket.pause();
    // What fits into the buffers of four sockets, and then no more.
    let last = -1;
    await expect
      .poll(
        () => {
          const isStill = sent === last;
          last = sent;
          return isStill;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true);
    expect(sent * flood.length).toBeLessThan(32 * 1024 * 1024);
    const paused = sent;
    page.socket.resume();
    await expect.poll(() => sent).toBeGreaterThan(paused + 100);
    page.socket.terminate();
  });

  it.each([
    [1000, "bye", 1000, "bye"],
    [4000, "own", 4000, "own"],
    // Codes by which the page knows that its session is over are ours to say.
    [4401, "no", 1008, "no"],
    [4408, "no", 1008, "no"],
  ])("that the API closes with %i %s is closed with %i", async (code, reason, seen, seenReason) => {
    const page = await stage.open();
    for (const socket of api.open) socket.close(code, reason);
    expect(await page.closed).toEqual({ code: seen, reason: seenReason });
  });

  it("that the API drops is closed with 1014, and one that the page leaves is closed at the API", async () => {
    const page = await stage.open();
    for (const socket of api.open) socket.terminate();
    expect((await page.closed).code).toBe(1014);
    (await stage.open()).socket.close(3001, "left");
    (await stage.open()).socket.terminate();
    await expect.poll(() => api.closed.toSorted((a, b) => a - b)).toEqual([1001, 1006, 3001]);
  });

  it("is closed with 1009 on both sides where a message is too large", async () => {
    const [up, down] = [await stage.open(), await stage.open()];
    up.socket.send("x".repeat(MESSAGE_BYTES + 1));
    expect((await up.closed).code).toBe(1009);
    const [, second] = api.open;
    (second ?? [...api.open][0])?.send("x".repeat(MESSAGE_BYTES + 1));
    expect((await down.closed).code).toBe(1009);
    await expect.poll(() => api.closed).toEqual([1009, 1009]);
  });
});

describe("S-072 S-081: a WebSocket ends with its session", () => {
  it.each([
    ["sign-out", 4401, "signed_out", () => stage.signOut(stage.browser)],
    [
      "sign-out at another instance",
      4401,
      "signed_out",
      () => stage.signOut(rig.browserOf(rig.bff, stage.browser)),
    ],
    ["signing in again", 4401, "signed_out", () => rig.signIn(stage.browser)],
    ["its idle deadline", 4408, "idle_timeout", async () => stage.advance(0.6 * HOUR_MS)],
    ["its absolute deadline", 4408, "absolute_timeout", async () => stage.advance(13 * HOUR_MS)],
  ] as const)("by %s: %i %s", async (_, code, reason, end) => {
    const page = await stage.open();
    await end();
    expect(await page.closed).toEqual({ code, reason });
    await expect.poll(() => api.closed).toEqual([1001]);
  });

  it("also where the page reads nothing, and its socket is full", { timeout: 10_000 }, async () => {
    const flood = Buffer.alloc(64 * 1024, "x");
    api.serve((socket) => {
      const more = (): void => {
        if (socket.readyState === WebSocket.OPEN) socket.send(flood, () => setImmediate(more));
      };
      more();
    });
    const page = await stage.open();
    page.socket.pause();
    await expect.poll(() => [...api.open][0]?.bufferedAmount ?? 0, { timeout: 5_000 }).toBeGreaterThan(0);
    await stage.signOut(stage.browser);
    await expect.poll(() => api.open.size, { timeout: 5_000 }).toBe(0);
    page.socket.terminate();
  });

  it("and no other does", async () => {
    const page = await stage.open();
    const stranger = rig.browserOf(stage.bff, rig.browser());
    await rig.signIn(stranger, { user: "ines" });
    await stage.signOut(stranger);
    page.socket.send("still here");
    expect(await page.next()).toBe("still here");
  });
});

describe("an open WebSocket", () => {
  it("whose page is gone without a word is closed at the API", { timeout: 10_000 }, async () => {
    const at = await stage.listen(stage.instance({ socketPingMs: 1_000 }));
    const page = await stage.open("/api/live/1", {}, at);
    // A page that is alive answers pings by itself; this one is frozen.
    page.socket.pause();
    await expect.poll(() => api.open.size, { timeout: 8_000 }).toBe(0);
  });

  it(
    "without messages for its idle time is closed with 1001, and one that speaks isn't",
    { timeout: 10_000 },
    async () => {
      const at = await stage.listen(stage.instance({ socketIdleTimeoutMs: 1_500 }));
      const [silent, busy] = [
        await stage.open("/api/live/1", {}, at),
        await stage.open("/api/live/2", {}, at),
      ];
      const speaking = setInterval(() => busy.socket.send("x"), 200);
      expect(await silent.closed).toEqual({ code: 1001, reason: "idle" });
      clearInterval(speaking);
      expect(busy.socket.readyState).toBe(WebSocket.OPEN);
    },
  );

  it("is closed with 1012 when the process restarts, which takes no more", async () => {
    const restarting = stage.instance();
    const at = await stage.listen(restarting);
    const page = await stage.open("/api/live/1", {}, at);
    restarting.closeSockets();
    expect(await page.closed).toEqual({ code: 1012, reason: "restart" });
    expect(await stage.refused("/api/live/2", {}, at)).toMatchObject({ status: 503, problem: "overloaded" });
  });
});
