import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DEMO_PATHS,
  demoEventsSchema,
  heldSchema,
  mirrorSchema,
  sideBySideSchema,
  signOutRaceSchema,
} from "@coatcheck/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpBrowser, type HttpBrowser } from "../http-browser.ts";
import { startDemo, type Demo } from "../start-demo.ts";

let webRoot: string;
let demo: Demo;
let browser: HttpBrowser;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "coatcheck-web-"));
  await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Coats</title>");
  demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 }, webRoot });
  browser = createHttpBrowser(demo.appUrl);
  await browser.signIn({ username: "ada", password: "ticket" });
}, 60_000);

afterAll(async () => {
  await demo.stop();
  await rm(webRoot, { recursive: true });
});

async function post(path: string, body: unknown = {}): Promise<unknown> {
  return (await browser.fetch({ method: "POST", path, body })).json();
}

describe("the storms with browsers of their own", () => {
  it("cost the plain BFF its session and ours nothing, by the provider's own count", async () => {
    const { plain, coatcheck } = sideBySideSchema.parse(await post(DEMO_PATHS.sideBySide));
    expect(plain.calls).toHaveLength(20);
    expect(plain.refreshes).toBeGreaterThan(1);
    expect(plain.reuseDetected).toBeGreaterThan(0);
    expect(plain.grantsRevoked).toBeGreaterThan(0);
    expect(plain.calls.some(({ status }) => status === 401)).toBe(true);
    expect(plain.laterStatus).toBe(401);
    expect(coatcheck.calls.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(coatcheck).toMatchObject({
      refreshes: 1,
      refreshSuccesses: 1,
      reuseDetected: 0,
      grantsRevoked: 0,
      laterStatus: 200,
    });
  });

  it("end the session for good where the sign-out races calls", async () => {
    const race = signOutRaceSchema.parse(await post(DEMO_PATHS.signOutRace));
    expect(race.calls).toHaveLength(20);
    expect(race.signOut.status).toBe(200);
    expect(race.oldCookieStatus).toBe(401);
    expect(race.reuseDetected).toBe(0);
    expect(race.revocations).toBeGreaterThan(0);
    for (const { status } of race.calls) expect([200, 401]).toContain(status);
  });

  it("leave the session of whoever asked as it was, and are for signed-in people only", async () => {
    expect((await browser.fetch({ path: "/api/notes?limit=1" })).status).toBe(200);
    const stranger = createHttpBrowser(demo.appUrl);
    for (const path of [DEMO_PATHS.sideBySide, DEMO_PATHS.signOutRace])
      expect((await stranger.fetch({ method: "POST", path, body: {} })).status).toBe(401);
  });
});

describe("what the browser holds, and what the API gets", () => {
  it("is said by size and name, and no value of a cookie or header is in it", async () => {
    const answer = await browser.fetch({ path: DEMO_PATHS.held });
    const text = await answer.text();
    const held = heldSchema.parse(JSON.parse(text));
    const shown = browser.jar.headerFor(new URL(demo.appUrl)).split("; ");
    expect(held.cookies.map(({ bytes }) => bytes)).toEqual(shown.map(({ length }) => length));
    expect(held.cookies.filter(({ purpose }) => purpose === "session")).toHaveLength(1);
    expect(held.headers).toContain("cookie");
    for (const pair of shown) expect(text).not.toContain(pair.slice(0, pair.indexOf("=")));
  });

  it("has no cookie behind the counter, and a credential that the browser never had", async () => {
    const mirror = mirrorSchema.parse(await (await browser.fetch({ path: "/api/mirror" })).json());
    expect(mirror.headers).toContain("authorization");
    expect(mirror.headers).not.toContain("cookie");
    expect(mirror.headers).not.toContain("x-coatcheck");
  });
});

describe("an old cookie", () => {
  it("is answered with its successor out of the ledger, without a word to the provider", async () => {
    await browser.fetch({ path: "/api/notes?limit=1" });
    await post(DEMO_PATHS.oldCookie, { step: "keep" });
    await post("/bff/refresh");
    const { refreshes } = await demo.control.counters("ada");
    await post(DEMO_PATHS.oldCookie, { step: "put_back" });
    expect((await browser.fetch({ path: "/api/notes?limit=1" })).status).toBe(200);
    expect((await demo.control.counters("ada")).refreshes).toBe(refreshes);
    const { events } = demoEventsSchema.parse(
      await (await browser.fetch({ path: DEMO_PATHS.events })).json(),
    );
    expect(events.findLast(({ kind }) => kind === "refresh")).toMatchObject({ outcome: "replayed" });
  });

  it("isn't given back to whoever kept none", async () => {
    const ines = createHttpBrowser(demo.appUrl);
    await ines.signIn({ username: "ines", password: "ticket" });
    const answer = await ines.fetch({
      method: "POST",
      path: DEMO_PATHS.oldCookie,
      body: { step: "put_back" },
    });
    expect(answer.status).toBe(400);
  });
});

it("the lives of tokens are among the events: the sign-in's, each refresh's, and where they were cut short", async () => {
  const fresh = createHttpBrowser(demo.appUrl);
  await fresh.signIn({ username: "ines", password: "ticket" });
  await fresh.fetch({ path: "/api/notes?limit=1" });
  await fresh.fetch({ method: "POST", path: DEMO_PATHS.expire, body: {} });
  const { events } = demoEventsSchema.parse(await (await fresh.fetch({ path: DEMO_PATHS.events })).json());
  const tokens = events.filter((event) => event.kind === "token");
  expect(tokens.map(({ generation }) => generation).toSorted((a, b) => a - b)).toEqual([0, 1]);
  const refreshed = tokens.find(({ generation }) => generation === 1);
  expect(refreshed?.expiresAt).toBeGreaterThan((refreshed?.at ?? 0) + 20_000);
  expect(events.filter(({ kind }) => kind === "expired")).toHaveLength(1);
});
