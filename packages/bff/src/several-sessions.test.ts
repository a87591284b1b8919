import { afterEach, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

const MINUTE_MS = 60_000;

let rig: Rig;
/** What the ledger does with all calls but claims while it is down; used callbacks are remembered by those. */
let outage: (() => Promise<never>) | undefined;
let hanging = Promise.withResolvers<never>();
afterEach(async () => {
  outage = undefined;
  hanging.promise.catch(() => undefined);
  hanging.reject(new Error("it was down"));
  hanging = Promise.withResolvers();
  await rig.close();
});

async function start(): Promise<void> {
  rig = await startRig({
    idp: { accessTokenSeconds: 6 * 3_600 },
    ledger: (ledger) => ({
      ...ledger,
      read: (...request) => outage?.() ?? ledger.read(...request),
      end: (...request) => outage?.() ?? ledger.end(...request),
      release: (...request) => outage?.() ?? ledger.release(...request),
      acknowledge: (...request) => outage?.() ?? ledger.acknowledge(...request),
    }),
  });
}

const OUTAGES: readonly (readonly [string, () => Promise<never>])[] = [
  ["refuses", () => Promise.reject(new Error("down"))],
  ["hangs", () => hanging.promise],
];

async function viewOf(browser: Browser) {
  return (await (await browser.fetch("/bff/session")).json()) as {
    state: string;
    reason?: string;
    user?: unknown;
  };
}

/** One browser with the cookies of all of them. */
function together(...browsers: readonly Browser[]) {
  return createBrowser(
    rig.bff,
    ORIGIN,
    rig.seen,
    browsers.flatMap(({ cookies }) => Array.from(cookies.values())),
  );
}

async function signedIn(user: "ada" | "ines"): Promise<Browser> {
  const browser = rig.browser();
  await rig.signIn(browser, { user });
  return browser;
}

function ledgerTrouble() {
  return rig.log.filter(({ event }) => event === "ledger_unavailable");
}

describe("a request that shows two live sessions while the ledger is down", () => {
  it.each(
    OUTAGES.flatMap(([how, behave]) =>
      (["/api/plain/1", "/api/notes/1", "/bff/session", "/bff/activity"] as const).map(
        (path) => [path, how, behave] as const,
      ),
    ),
  )("is answered by %s (the ledger %s) before the ledger has been given up", async (path, _, behave) => {
    await start();
    const [older, newer] = [await signedIn("ines"), await signedIn("ada")];
    // The route's own token is there already: nothing but the surplus session needs the ledger.
    if (path === "/api/notes/1") await newer.fetch(path);
    const both = together(older, newer);
    outage = behave;
    const method = path === "/bff/activity" ? "POST" : "GET";
    const answers = await Promise.all([both.fetch(path, { method }), both.fetch(path, { method })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(ledgerTrouble()).toEqual([]);
    expect(both.cookies.size).toBe(new Set([...older.cookies.keys(), ...newer.cookies.keys()]).size);
  });

  it("ends the older one once the ledger is back, and removes its cookie", async () => {
    await start();
    const [older, newer] = [await signedIn("ines"), await signedIn("ada")];
    const both = together(older, newer);
    outage = () => Promise.reject(new Error("down"));
    expect((await both.fetch("/api/plain/1")).status).toBe(200);
    outage = undefined;
    await expect
      .poll(
        async () => {
          await both.fetch("/bff/session");
          return [...both.cookies.keys()];
        },
        { timeout: 10_000 },
      )
      .toEqual([...newer.cookies.keys()]);
    expect(await viewOf(older)).toMatchObject({ state: "anonymous" });
    expect(await viewOf(both)).toMatchObject({ state: "active", user: { sub: "ada" } });
  });
});

describe("signing in while the ledger can't end the session before", () => {
  it("lands in the app before the ledger has been given up", async () => {
    await start();
    const browser = await signedIn("ines");
    const callback = await rig.walkToCallback(browser, { user: "ada" });
    outage = () => hanging.promise;
    const landed = await browser.navigate(callback, "cross-site");
    expect([landed.status, landed.headers.get("location")]).toEqual([303, "/"]);
    expect(ledgerTrouble()).toEqual([]);
    expect(await viewOf(browser)).toMatchObject({ state: "active", user: { sub: "ada" } });
  });
});

describe("a newest session that looks idle while the ledger, which may know better, can't be asked", () => {
  /** Ines's session is older, but was used; Ada's is newer, and only the ledger knows that it was used, too. */
  async function lookIdle(): Promise<{ both: Browser; names: readonly string[] }> {
    await start();
    const older = await signedIn("ines");
    rig.advance(1_000);
    const newer = await signedIn("ada");
    rig.advance(25 * MINUTE_MS);
    await older.fetch("/bff/activity", { method: "POST" });
    // A refresh makes the record that remembers when the session was last used.
    const lost = newer.copy();
    await lost.fetch("/bff/refresh", { method: "POST" });
    await lost.fetch("/bff/activity", { method: "POST" });
    rig.advance(10 * MINUTE_MS);
    const both = together(older, newer);
    return { both, names: [...both.cookies.keys()] };
  }

  it.each([
    ["GET", "/api/plain/1"],
    ["GET", "/api/notes/1"],
    ["POST", "/api/plain/1"],
    ["GET", "/api/maybe/1"],
    ["GET", "/bff/userinfo"],
    ["POST", "/bff/refresh"],
    ["POST", "/bff/validate"],
    ["GET", "/bff/session"],
    ["POST", "/bff/activity"],
  ] as const)("lets nobody act in its place: %s %s", async (method, path) => {
    const { both, names } = await lookIdle();
    outage = () => Promise.reject(new Error("down"));
    const headers = { "x-coatcheck-user": "of-a-page" };
    const answer = await both.fetch(path, { method, headers });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("coatcheck-session")).toBeNull();
    expect(await answer.json()).toMatchObject({ code: "ledger_unavailable", retryAfterSeconds: 5 });
    expect(rig.api.calls).toEqual([]);
    expect([...both.cookies.keys()]).toEqual(names);
    outage = undefined;
    await expect
      .poll(() => viewOf(both), { timeout: 10_000 })
      .toMatchObject({ state: "active", user: { sub: "ada" } });
  });
});
