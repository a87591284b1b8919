import "fake-indexeddb/auto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createFakePage } from "../../suite/fake-page.ts";
import { createScriptedBff, MINUTE, NOON, signedInView, type ScriptedBff } from "../../suite/scripted-bff.ts";
import { createClient } from "../client.ts";
import { createSessionMemory } from "./session-memory.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

let now = NOON;
const clock = () => (now += 1);

/** A page of a browser whose memory has this name. */
async function openPage(bff: ScriptedBff, name: string) {
  const client = createClient({
    fetch: bff.fetch,
    page: createFakePage(),
    now: clock,
    keepCalls: true,
    channelName: crypto.randomUUID(),
    memory: createSessionMemory(name),
  });
  stops.push(client.start());
  await client.session.check();
  return client;
}

async function remembered(name: string) {
  return createSessionMemory(name).recall();
}

async function signedInBefore() {
  now = NOON;
  const name = crypto.randomUUID();
  const bff = createScriptedBff(() => signedInView(NOON, { now: clock(), extensions: ["demo"] }));
  const client = await openPage(bff, name);
  await vi.waitFor(async () => expect(await remembered(name)).toBeDefined());
  return { name, bff, client };
}

describe("a page that is opened while nobody answers", () => {
  it("is its person's, as far as the last page knew and without a claim of theirs", async () => {
    const { name, bff } = await signedInBefore();
    bff.down = true;
    const next = await openPage(bff, name);
    expect(next.session.get()).toMatchObject({
      state: "unreachable",
      last: { state: "active", userKey: "key-of-ada", ticket: "0417" },
    });
    expect(next.userKey()).toBe("key-of-ada");
    expect(JSON.stringify(await remembered(name))).not.toMatch(/"Ada"|"ada"|demo/);
  });

  it("doesn't wait for an answer that is long in coming, and takes it when it comes", async () => {
    const { name, bff } = await signedInBefore();
    const { promise, resolve } = Promise.withResolvers<Response>();
    bff.session = () => promise;
    const client = createClient({
      fetch: bff.fetch,
      page: createFakePage(),
      now: clock,
      channelName: crypto.randomUUID(),
      memory: createSessionMemory(name),
    });
    stops.push(client.start());
    expect(client.session.get()).toMatchObject({ state: "loading" });
    await vi.waitFor(() => expect(client.session.get()).toMatchObject({ state: "unreachable" }), 10_000);
    expect(client.userKey()).toBe("key-of-ada");
    resolve(Response.json(signedInView(NOON, { now: clock() })));
    await vi.waitFor(() => expect(client.session.get()).toMatchObject({ state: "active" }));
    expect(client.session.known()).toMatchObject({ user: { name: "Ada" } });
  });

  it("gets the claims with the first answer, and is told of no other person", async () => {
    const { name, bff } = await signedInBefore();
    bff.down = true;
    const next = await openPage(bff, name);
    const changes: unknown[] = [];
    next.onPersonChange((change) => changes.push(change));
    bff.down = false;
    await next.session.check();
    expect(next.session.get()).toMatchObject({ state: "active", user: { name: "Ada" } });
    expect(changes).toEqual([]);
  });

  it("is nobody's once a deadline has passed, whatever the server would say", async () => {
    const { name, bff } = await signedInBefore();
    bff.down = true;
    now = NOON + 31 * MINUTE;
    const next = await openPage(bff, name);
    expect(next.session.get()).toMatchObject({ state: "unreachable" });
    expect(next.session.known()).toBeUndefined();
    expect(next.userKey()).toBeUndefined();
  });

  it("stays, and asks to sign in again, where the session ended meanwhile", async () => {
    const { name, bff } = await signedInBefore();
    bff.down = true;
    const next = await openPage(bff, name);
    bff.down = false;
    bff.session = () => ({ state: "anonymous", reason: "revoked", now: clock() });
    await next.session.check();
    expect(next.session.get()).toMatchObject({ state: "anonymous", reason: "revoked" });
    expect(next.userKey()).toBe("key-of-ada");
  });

  it("drops the one person's page where somebody else is signed in by now", async () => {
    const { name, bff } = await signedInBefore();
    bff.down = true;
    const next = await openPage(bff, name);
    const changes: unknown[] = [];
    next.onPersonChange((change) => changes.push(change));
    bff.down = false;
    bff.session = () => signedInView(NOON, { now: clock(), userKey: "key-of-ines", ticket: "2222" });
    await next.session.check();
    expect(changes).toEqual([{ before: "key-of-ada", now: "key-of-ines" }]);
  });
});

describe("the memory", () => {
  it.each(["signed_out", "none", "revoked", "idle_timeout"] as const)(
    "is empty once the server says that nobody is signed in (%s)",
    async (reason) => {
      const { name, bff, client } = await signedInBefore();
      bff.session = () => ({ state: "anonymous", reason, now: clock() });
      await client.session.check();
      await vi.waitFor(async () => expect(await remembered(name)).toBeUndefined());
      bff.down = true;
      expect((await openPage(bff, name)).userKey()).toBeUndefined();
    },
  );

  it("is empty after a sign-out that nobody confirmed yet", async () => {
    const { name, bff, client } = await signedInBefore();
    bff.routes["POST /bff/logout"] = () => Response.json({ next: "/" });
    await client.logout();
    await vi.waitFor(async () => expect(await remembered(name)).toBeUndefined());
  });

  it("of an older version is no memory", async () => {
    const name = crypto.randomUUID();
    const memory = createSessionMemory(name);
    memory.keep({ state: "active" } as never);
    await vi.waitFor(async () => expect(await memory.recall()).toBeUndefined());
  });

  it("is none where the browser fails to read, and the page says that nobody answers", async () => {
    const { name, bff } = await signedInBefore();
    const reading = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(() => {
      throw new DOMException("The database connection is closing.", "InvalidStateError");
    });
    bff.down = true;
    const next = await openPage(bff, name);
    reading.mockRestore();
    expect(next.session.get()).toMatchObject({ state: "unreachable" });
    expect(next.userKey()).toBeUndefined();
  });
});
