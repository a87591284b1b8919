import { SESSION_HEADER, writeSessionHeader } from "@coatcheck/contract";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createFakePage } from "../suite/fake-page.ts";
import { checks, createScriptedBff, NOON, problemResponse, signedInView } from "../suite/scripted-bff.ts";
import { createClient } from "./client.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

let ticks = 0;
const clock = () => NOON + (ticks += 1);

async function signedIn() {
  const bff = createScriptedBff(() => signedInView(NOON, { now: clock() }));
  const client = createClient({
    fetch: bff.fetch,
    page: createFakePage(),
    now: clock,
    watchMs: 3_600_000,
    channelName: crypto.randomUUID(),
  });
  stops.push(client.start());
  await client.session.check();
  return { bff, client };
}

const withGlimpse = (overrides: Parameters<typeof signedInView>[1] = {}) => {
  const { state, ticket, generation, now, idleDeadline, absoluteDeadline, accessTokenExpiresAt } =
    signedInView(NOON, { now: clock(), ...overrides });
  const glimpse = { state, ticket, generation, now, idleDeadline, absoluteDeadline, accessTokenExpiresAt };
  return new Response("{}", { headers: { [SESSION_HEADER]: writeSessionHeader(glimpse) } });
};

describe("what an API call's answer says of the session", () => {
  it("is known without another request", async () => {
    const { bff, client } = await signedIn();
    const before = checks(bff);
    bff.routes["PUT /api/notes/7"] = () => withGlimpse({ generation: 5, accessTokenExpiresAt: NOON + 55 });
    await client.apiFetch("/api/notes/7", { method: "PUT" });
    expect(client.session.get()).toMatchObject({
      generation: 5,
      accessTokenExpiresAt: NOON + 55,
      user: { name: "Ada" },
    });
    expect(checks(bff)).toBe(before);
  });

  it("is asked about where it is another session's", async () => {
    const { bff, client } = await signedIn();
    bff.session = () => signedInView(NOON, { now: clock(), ticket: "9999" });
    bff.routes["GET /api/a"] = () => withGlimpse({ ticket: "9999" });
    await client.apiFetch("/api/a");
    await vi.waitFor(() => expect(client.session.get()).toMatchObject({ ticket: "9999" }));
  });

  it("never takes the coat back: a call that showed an older cookie answers late", async () => {
    const { bff, client } = await signedIn();
    bff.routes["GET /api/a"] = () => withGlimpse({ generation: 5, accessTokenExpiresAt: NOON + 55 });
    bff.routes["GET /api/b"] = () => withGlimpse({ generation: 4, accessTokenExpiresAt: NOON + 44 });
    await client.apiFetch("/api/a");
    await client.apiFetch("/api/b");
    expect(client.session.get()).toMatchObject({ generation: 5, accessTokenExpiresAt: NOON + 55 });
    await client.session.check();
    expect(client.session.get()).toMatchObject({ generation: 5, accessTokenExpiresAt: NOON + 55 });
  });

  it("is left alone where it comes out of a cache", async () => {
    const { bff, client } = await signedIn();
    const before = client.session.get();
    const old = { state: "anonymous", reason: "revoked", now: NOON - 60_000 } as const;
    bff.routes["GET /api/a"] = () =>
      new Response("{}", { headers: { [SESSION_HEADER]: writeSessionHeader(old) } });
    await client.apiFetch("/api/a");
    expect(client.session.get()).toBe(before);
  });

  it.each(["", "state=active", "nonsense"])("is left alone where it can't be read: %s", async (value) => {
    const { bff, client } = await signedIn();
    const before = client.session.get();
    bff.routes["GET /api/a"] = () => new Response("{}", { headers: { [SESSION_HEADER]: value } });
    await client.apiFetch("/api/a");
    expect(client.session.get()).toBe(before);
  });
});

describe("a call that succeeds while the session ends", () => {
  it("says why: its answer takes the cookie away, so no other can", async () => {
    const { bff, client } = await signedIn();
    bff.session = () => ({ state: "anonymous", reason: "none", now: clock() });
    bff.routes["GET /api/a"] = () =>
      new Response("{}", {
        headers: {
          [SESSION_HEADER]: writeSessionHeader({ state: "anonymous", reason: "revoked", now: clock() }),
        },
      });
    expect((await client.apiFetch("/api/a")).status).toBe(200);
    expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "revoked" });
    await client.session.check();
    expect(client.session.get()).toMatchObject({ state: "anonymous", reason: "revoked" });
  });
});

describe("a call that was refused for an ended session", () => {
  it.each(["idle_timeout", "absolute_timeout", "revoked", "grant_ended", "unreadable"] as const)(
    "says why at once, and the reason stays: %s",
    async (reason) => {
      const { bff, client } = await signedIn();
      bff.session = () => ({ state: "anonymous", reason: "none", now: clock() });
      bff.routes["PUT /api/notes/7"] = () => problemResponse("no_session", { reason });
      await client.apiFetch("/api/notes/7", { method: "PUT" }).catch(() => undefined);
      expect(client.session.get()).toMatchObject({ state: "anonymous", reason });
      bff.routes["PUT /api/notes/7"] = () => problemResponse("no_session", { reason: "none" });
      await client.apiFetch("/api/notes/7", { method: "PUT" }).catch(() => undefined);
      await client.session.check();
      expect(client.session.get()).toMatchObject({ state: "anonymous", reason });
      expect(client.userKey()).toBe("key-of-ada");
    },
  );

  it("doesn't end the session that somebody has signed in to since it was sent", async () => {
    const { bff, client } = await signedIn();
    const late = Promise.withResolvers<Response>();
    bff.routes["GET /api/a"] = () => late.promise;
    const call = client.apiFetch("/api/a");
    bff.session = () => signedInView(NOON, { now: clock(), ticket: "9999" });
    await client.session.check();
    const states: string[] = [];
    client.session.subscribe(() => states.push(client.session.get().state));
    late.resolve(problemResponse("no_session", { reason: "revoked" }));
    await expect(call).rejects.toMatchObject({ code: "no_session" });
    await client.session.check();
    expect(client.session.get()).toMatchObject({ state: "active", ticket: "9999" });
    expect(states).toEqual([]);
  });
});
