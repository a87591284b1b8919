import { beforeEach, describe, expect, it } from "vitest";
import { createFakePage, type FakePage } from "../suite/fake-page.ts";
import { createScriptedBff, MINUTE, NOON, signedInView, type ScriptedBff } from "../suite/scripted-bff.ts";
import { createClient, type CoatcheckClient } from "./client.ts";

const IDLE = 30 * MINUTE;
const settle = () => new Promise((resolve) => setImmediate(resolve));

let now: number;
let bff: ScriptedBff;
let page: FakePage;
let client: CoatcheckClient;

beforeEach(async () => {
  now = NOON;
  bff = createScriptedBff(() => signedInView(NOON, { now, idleDeadline: now + IDLE }));
  bff.routes["POST /bff/activity"] = () =>
    Response.json(signedInView(NOON, { now, idleDeadline: now + IDLE }));
  page = createFakePage();
  client = createClient({ fetch: bff.fetch, page, now: () => now, channelName: crypto.randomUUID() });
  const stop = client.start();
  await client.session.check();
  return stop;
});

const reports = () => bff.calls.filter((call) => call === "POST /bff/activity").length;

async function after(ms: number, type = "keydown", isTrusted = true): Promise<number> {
  now += ms;
  page.emit(type, { isTrusted });
  await settle();
  return reports();
}

describe("activity", () => {
  it.each(["pointerdown", "keydown", "wheel"])("reports %s after a tenth of the idle time", async (type) => {
    expect(await after(IDLE / 10 - 1, type)).toBe(0);
    expect(await after(1, type)).toBe(1);
    expect(await after(IDLE / 10 - 1, type)).toBe(1);
    expect(await after(1, type)).toBe(2);
  });

  it("reports once a minute at most, however short the idle time", async () => {
    bff.session = () => signedInView(NOON, { now, idleDeadline: now + 2 * MINUTE, ticket: "0002" });
    await client.session.check();
    expect(await after(MINUTE - 1)).toBe(0);
    expect(await after(1)).toBe(1);
  });

  it("reports nothing without input, nor for a script's events", async () => {
    now += IDLE / 2;
    await settle();
    expect(reports()).toBe(0);
    expect(await after(1, "keydown", false)).toBe(0);
  });

  it("reports nothing when an API call has extended the session", async () => {
    now += IDLE / 10 - 1;
    page.emit("wheel");
    now += 1;
    await client.apiFetch("/api/notes");
    expect(await after(1)).toBe(0);
    expect(await after(IDLE / 10)).toBe(1);
  });

  it("isn't fooled by API calls that were too early to extend anything", async () => {
    now += IDLE / 10 - 1;
    await client.apiFetch("/api/notes");
    expect(await after(1)).toBe(1);
  });

  it("reports nothing when nobody is signed in", async () => {
    bff.session = { state: "anonymous", reason: "revoked", now };
    await client.session.check();
    expect(await after(IDLE)).toBe(0);
  });

  it("lets calls of a page that nobody has touched for a minute extend nothing, and input ends that", async () => {
    const isIdle = async () => {
      await client.apiFetch("/api/notes");
      return bff.requests.at(-1)?.headers.get("x-coatcheck-idle");
    };
    expect(await isIdle()).toBeNull();
    now += MINUTE + 1;
    expect(await isIdle()).toBe("1");
    page.emit("keydown", { isTrusted: false });
    expect(await isIdle()).toBe("1");
    page.emit("wheel");
    expect(await isIdle()).toBeNull();
  });

  it("takes over the new deadline", async () => {
    await after(IDLE / 10);
    expect(client.session.get()).toMatchObject({ idleDeadline: NOON + IDLE / 10 + IDLE });
  });

  it("survives a server that is away, and tries again an interval later", async () => {
    bff.down = true;
    expect(await after(IDLE / 10)).toBe(1);
    expect(client.session.get().state).toBe("unreachable");
    bff.down = false;
    await client.session.check();
    expect(await after(1)).toBe(1);
    expect(await after(IDLE / 10)).toBe(2);
  });
});
