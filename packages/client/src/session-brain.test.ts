import type { SessionView } from "@coatcheck/contract";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import { closeTabs, heardBy, say } from "../suite/open-tab.ts";
import {
  checks,
  createScriptedBff,
  MINUTE,
  NOON,
  problemResponse,
  signedInView,
} from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";
import type { CoatcheckError } from "./coatcheck-error.ts";
import { isSignedIn, type SessionState } from "./session-store.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: NOON });
});
afterEach(() => {
  closeTabs();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

async function signedIn(overrides: Parameters<typeof signedInView>[1] = {}) {
  const view = signedInView(NOON, overrides);
  const bff = createScriptedBff(() => ({ ...view, now: Date.now() }));
  const page = createFakePage();
  const channelName = crypto.randomUUID();
  const client = createClient({ fetch: bff.fetch, page, channelName });
  const stop = client.start();
  await settle();
  return { view, bff, page, client, channelName, stop };
}

const anonymous = (reason: Extract<SessionView, { state: "anonymous" }>["reason"]) => () =>
  ({ state: "anonymous", reason, now: Date.now() }) as const;

describe("session", () => {
  it("is loading, then what the server says", async () => {
    const bff = createScriptedBff(signedInView(NOON));
    const client = createClient({ fetch: bff.fetch, page: createFakePage() });
    const seen: string[] = [];
    client.session.subscribe(() => seen.push(client.session.get().state));
    expect(client.session.get()).toEqual({ state: "loading" });
    const stop = client.start();
    await settle();
    expect(seen).toEqual(["active"]);
    stop();
  });

  it("asks once for concurrent callers, and again for later ones", async () => {
    const { bff, client, stop } = await signedIn();
    const [a, b] = await Promise.all([client.session.check(), client.session.check()]);
    expect(a).toBe(b);
    expect(checks(bff)).toBe(2);
    await client.session.check();
    expect(checks(bff)).toBe(3);
    stop();
  });

  it("keeps the same object, and tells nobody, while nothing but the clock changes", async () => {
    const { client, stop } = await signedIn();
    const before = client.session.get();
    const listener = vi.fn<() => void>();
    client.session.subscribe(listener);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await client.session.check()).toBe(before);
    expect(listener).not.toHaveBeenCalled();
    stop();
  });

  it.each([
    ["a wrong body", () => Response.json({ state: "active", user: "ada" }), "unexpected_answer"],
    ["no JSON", () => new Response("<html>"), "unexpected_answer"],
    ["somebody else's failure", () => new Response("Bad gateway", { status: 502 }), "unexpected_answer"],
    ["our problem", () => problemResponse("internal"), "internal"],
  ])("is unreachable after %s, and never throws", async (_name, session, code) => {
    const bff = createScriptedBff(session);
    const client = createClient({ fetch: bff.fetch, page: createFakePage() });
    const state = await client.session.check();
    expect(state).toMatchObject({ state: "unreachable", error: { code } });
    expect(state).not.toHaveProperty("last");
  });

  it("is unreachable when the server takes too long", async () => {
    const bff = createScriptedBff(() => new Promise(() => {}));
    const fetch: typeof globalThis.fetch = (input) =>
      Promise.race([
        bff.fetch(input),
        new Promise<never>((_resolve, reject) => {
          const { signal } = input as Request;
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
      ]);
    const client = createClient({ fetch, page: createFakePage(), timeoutMs: 5 });
    expect(await client.session.check()).toMatchObject({ state: "unreachable", error: { code: "network" } });
  });

  it("keeps what it knew while the server can't be reached, and asks ever more slowly until it can", async () => {
    const { bff, client, view, stop } = await signedIn();
    bff.down = true;
    await client.session.check();
    expect(client.session.get()).toMatchObject({ state: "unreachable", last: { ticket: view.ticket } });
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    // 2, 4, 8, 16 and 32 s apart.
    expect(checks(bff)).toBe(2 + 5);
    bff.down = false;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(client.session.get().state).toBe("active");
    stop();
  });

  it("waits as long as the server asks", async () => {
    const { bff, client, stop } = await signedIn();
    bff.session = () => problemResponse("ledger_unavailable", { retryAfterSeconds: 30 });
    await client.session.check();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(checks(bff)).toBe(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(checks(bff)).toBe(3);
    stop();
  });

  it("asks again while degraded, until it isn't", async () => {
    const { bff, view, client, stop } = await signedIn();
    bff.session = () => ({ ...view, state: "degraded", now: Date.now() });
    await client.session.check();
    expect(client.session.get().state).toBe("degraded");
    bff.session = () => ({ ...view, now: Date.now() });
    await vi.advanceTimersByTimeAsync(4_001);
    expect(client.session.get().state).toBe("active");
    stop();
  });

  it("asks every four seconds while it is visible, and so notices an end within five", async () => {
    const { bff, client, stop } = await signedIn();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(checks(bff)).toBeGreaterThanOrEqual(14);
    expect(checks(bff)).toBeLessThanOrEqual(16);
    bff.session = anonymous("revoked");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "revoked" });
    stop();
  });

  it("asks as often as it is told to", async () => {
    const bff = createScriptedBff(() => signedInView(NOON, { now: Date.now() }));
    const client = createClient({ fetch: bff.fetch, page: createFakePage(), watchMs: 30_000 });
    const stop = client.start();
    await vi.advanceTimersByTimeAsync(2 * MINUTE + 1_000);
    expect(checks(bff)).toBe(1 + 4);
    stop();
  });

  it("waits for another tab's explanation before it takes a missing cookie for a sign-out", async () => {
    const { bff, client, view, stop } = await signedIn();
    bff.session = anonymous("none");
    const check = client.session.check();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(client.session.get()).toEqual(view);
    await vi.advanceTimersByTimeAsync(1);
    expect(await check).toMatchObject({ state: "anonymous", reason: "none" });
    stop();
  });

  it.each([0, 250, 2_500])(
    "keeps the page where the tab that knows why is %d ms behind",
    async (behindMs) => {
      const { bff, client, channelName, stop } = await signedIn();
      const changes = vi.fn<(change: object) => void>();
      client.onPersonChange(changes);
      bff.session = anonymous("none");
      const check = client.session.check();
      await vi.advanceTimersByTimeAsync(behindMs);
      const view = { state: "anonymous", reason: "revoked", now: Date.now() };
      say(channelName, { kind: "answer", sentAt: NOON + 1, receivedAt: Date.now(), view });
      await heardBy(channelName);
      expect(await check).toMatchObject({ state: "anonymous", reason: "revoked" });
      expect(client.userKey()).toBe("key-of-ada");
      expect(changes).not.toHaveBeenCalled();
      stop();
    },
  );

  it("asks nothing at all while hidden, signed out or stopped", async () => {
    const { bff, page, client, stop } = await signedIn();
    page.show(false);
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(checks(bff)).toBe(1);
    bff.session = anonymous("none");
    page.show(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(client.session.get().state).toBe("anonymous");
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(checks(bff)).toBe(2);
    stop();
    expect(page.listenerCount()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks once when it is opened in the background, then waits to be shown", async () => {
    const bff = createScriptedBff(() => signedInView(NOON, { now: Date.now() }));
    const page = createFakePage();
    page.show(false);
    const stop = createClient({ fetch: bff.fetch, page, channelName: crypto.randomUUID() }).start();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(checks(bff)).toBe(1);
    page.show(true);
    await settle();
    expect(checks(bff)).toBe(2);
    stop();
  });

  it.each([
    ["idle", { idleDeadline: NOON + 3 * MINUTE }, "idle_timeout"],
    ["absolute", { absoluteDeadline: NOON + 3 * MINUTE }, "absolute_timeout"],
  ] as const)(
    "asks at the %s deadline and explains a cookie that is gone",
    async (_name, overrides, reason) => {
      const { bff, client, view, stop } = await signedIn(overrides);
      await vi.advanceTimersByTimeAsync(3 * MINUTE - 1);
      bff.session = anonymous("none");
      expect(client.session.get()).toMatchObject({ state: "active", ticket: view.ticket });
      await vi.advanceTimersByTimeAsync(501 + 3_000);
      expect(client.session.get()).toMatchObject({ state: "anonymous", reason });
      stop();
    },
  );

  it("stays signed in at a deadline that was moved elsewhere", async () => {
    const { bff, client, stop } = await signedIn({ idleDeadline: NOON + 3 * MINUTE });
    const moved = signedInView(NOON, { idleDeadline: NOON + 40 * MINUTE });
    bff.session = () => ({ ...moved, now: Date.now() });
    await vi.advanceTimersByTimeAsync(4 * MINUTE);
    expect(client.session.get()).toMatchObject({ state: "active", idleDeadline: NOON + 40 * MINUTE });
    stop();
  });

  it("doesn't hammer a server that insists on a session past its deadline", async () => {
    const { bff, stop } = await signedIn({ idleDeadline: NOON - MINUTE });
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(checks(bff)).toBeLessThanOrEqual(16);
    stop();
  });

  it("is anonymous at the deadline when the server can't be reached", async () => {
    const { bff, client, stop } = await signedIn({ idleDeadline: NOON + 3 * MINUTE });
    bff.down = true;
    await client.session.check();
    expect(client.session.get().state).toBe("unreachable");
    await vi.advanceTimersByTimeAsync(4 * MINUTE);
    expect(client.session.get()).toMatchObject({ reason: "idle_timeout" });
    expect(client.userKey()).toBe("key-of-ada");
    stop();
  });

  it("counts deadlines by the server's clock, whatever the browser's says", async () => {
    const offset = -3 * 60 * MINUTE;
    const view = signedInView(NOON + offset, { idleDeadline: NOON + offset + 3 * MINUTE });
    const bff = createScriptedBff(() => ({ ...view, now: Date.now() + offset }));
    const client = createClient({ fetch: bff.fetch, page: createFakePage() });
    const stop = client.start();
    await settle();
    expect(client.clockOffsetMs()).toBe(offset);
    await vi.advanceTimersByTimeAsync(3 * MINUTE - 1);
    bff.session = () => ({ state: "anonymous", reason: "idle_timeout", now: Date.now() + offset });
    expect(client.session.get().state).toBe("active");
    await vi.advanceTimersByTimeAsync(502);
    expect(client.session.get()).toMatchObject({ reason: "idle_timeout" });
    stop();
  });

  it("notices a deadline that passed during sleep, within a minute and without any event", async () => {
    const { bff, client, stop } = await signedIn();
    bff.session = anonymous("none");
    // The clock runs on in sleep, timers don't.
    vi.setSystemTime(NOON + 60 * MINUTE);
    await vi.advanceTimersByTimeAsync(MINUTE + 3_000);
    expect(client.session.get()).toMatchObject({ reason: "idle_timeout" });
    stop();
  });

  it.each(["focus", "visibilitychange"])("asks on %s, but not twice within two seconds", async (type) => {
    const { bff, page, stop } = await signedIn();
    await vi.advanceTimersByTimeAsync(2_001);
    page.emit(type);
    await settle();
    expect(checks(bff)).toBe(2);
    page.emit("focus");
    page.emit("visibilitychange");
    await settle();
    expect(checks(bff)).toBe(2);
    stop();
  });

  it.each(["online", "offline"])("asks at once on %s", async (type) => {
    const { bff, page, stop } = await signedIn();
    page.emit(type);
    await settle();
    expect(checks(bff)).toBe(2);
    stop();
  });

  it("S-099: shows nothing of a page out of the back-forward cache until the server has spoken", async () => {
    const { bff, page, client, stop } = await signedIn();
    const changes = vi.fn<(change: object) => void>();
    client.onPersonChange(changes);
    const states: SessionState[] = [];
    client.session.subscribe(() => states.push(client.session.get()));
    bff.session = anonymous("none");
    page.emit("pageshow", { persisted: true });
    expect(client.session.get()).toEqual({ state: "loading" });
    await settle();
    expect(states.map(({ state }) => state)).toEqual(["loading", "anonymous"]);
    expect(changes).toHaveBeenCalledWith({ before: "key-of-ada", now: undefined });
    stop();
  });

  it("S-099: shows nothing of such a page when the server can't be reached", async () => {
    const { bff, page, client, stop } = await signedIn();
    bff.down = true;
    page.emit("pageshow", { persisted: true });
    await settle();
    expect(client.session.get().state).toBe("unreachable");
    expect(client.session.get()).not.toHaveProperty("last");
    stop();
  });

  it("leaves a page alone that was loaded as usual", async () => {
    const { bff, page, client, stop } = await signedIn();
    page.emit("pageshow", { persisted: false });
    expect(client.session.get().state).toBe("active");
    expect(checks(bff)).toBe(1);
    stop();
  });

  it("S-099: an answer that was under way when the page went into the cache doesn't bring the data back", async () => {
    const { bff, page, client, view, stop } = await signedIn();
    const late = Promise.withResolvers<Response>();
    bff.session = () => late.promise;
    const check = client.session.check();
    await settle();
    const states: string[] = [];
    client.session.subscribe(() => states.push(client.session.get().state));
    page.emit("pageshow", { persisted: true });
    bff.session = anonymous("none");
    late.resolve(Response.json(view));
    await check;
    await settle();
    expect(states).toEqual(["loading", "anonymous"]);
    stop();
  });

  it("asks only when it is told to before it is started", async () => {
    const bff = createScriptedBff(() => signedInView(NOON, { now: Date.now() }));
    const client = createClient({ fetch: bff.fetch, page: createFakePage() });
    await client.session.check();
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect(checks(bff)).toBe(1);
  });

  it("starts and stops any number of times", async () => {
    const { client, page, bff, stop } = await signedIn();
    stop();
    expect(vi.getTimerCount()).toBe(0);
    const stopAgain = client.start();
    await settle();
    expect(checks(bff)).toBe(2);
    stopAgain();
    expect(page.listenerCount()).toBe(0);
  });

  it("is a discriminated union to the type checker", () => {
    expectTypeOf<Extract<SessionState, { state: "unreachable" }>["error"]>().toEqualTypeOf<CoatcheckError>();
    expectTypeOf<SessionState["state"]>().toEqualTypeOf<
      "loading" | "unreachable" | "active" | "degraded" | "anonymous"
    >();
    const read = (state: SessionState) => {
      if (isSignedIn(state)) expectTypeOf(state.userKey).toEqualTypeOf<string>();
      else expectTypeOf(state.state).toEqualTypeOf<"loading" | "unreachable" | "anonymous">();
      if (state.state === "anonymous") expectTypeOf(state).not.toHaveProperty("user");
    };
    read({ state: "loading" });
  });
});
