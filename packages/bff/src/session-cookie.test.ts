import { randomBytes } from "node:crypto";
import { createIronSealer } from "@coatcheck/session";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

const MINUTE_MS = 60_000;
let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(() => {
  rig.api.calls.length = 0;
});

function sessionNames(browser: Browser) {
  return [...browser.cookies.keys()].filter((name) => /^coatcheck-3000-[0-9a-f]{8}/u.test(name));
}
async function viewOf(browser: Browser) {
  return (await (await browser.fetch("/bff/session")).json()) as {
    state: string;
    reason?: string;
    idleDeadline?: number;
    user?: unknown;
  };
}

function corrupt(browser: Browser, change: (value: string) => string): string {
  const [name = ""] = sessionNames(browser);
  const cookie = browser.cookies.get(name);
  if (cookie === undefined) throw new Error("no session cookie");
  browser.cookies.set(name, { ...cookie, value: change(cookie.value) });
  return name;
}

describe("the session cookie", () => {
  it("S-055: is HttpOnly, Strict, for every path of this host; on loopback http without Secure and with the port in its name", async () => {
    const landed = await rig.signIn(rig.browser());
    const line =
      landed.headers.getSetCookie().find((cookie) => /^coatcheck-3000-[0-9a-f]{8}=./u.test(cookie)) ?? "";
    expect(line.split("; ").slice(1).toSorted()).toEqual([
      "HttpOnly",
      expect.stringMatching(/^Max-Age=43\d{3}$/u),
      "Path=/",
      "SameSite=Strict",
    ]);
  });

  it("S-060 S-138: tampered, it means anonymous, is removed, and contacts nobody", async () => {
    for (const change of [
      (value: string) => `${value.slice(0, -2)}AA`,
      (value: string) => value.slice(0, value.length / 2),
      () => "garbage",
      () => "%E0%A4%A",
      (value: string) => `${value}${value}`,
    ]) {
      const browser = rig.browser();
      await rig.signIn(browser);
      const name = corrupt(browser, change);
      const answer = await browser.fetch("/api/plain/x");
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: "no_session", reason: "unreadable" });
      expect(browser.cookies.has(name)).toBe(false);
    }
    expect(rig.api.calls).toEqual([]);
  });

  it("under a key that this process doesn't know, it means anonymous and is kept", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const strange = createBrowser(
      rig.instance({ cookieKeys: [randomBytes(32).toString("base64url")] }),
      ORIGIN,
      rig.seen,
      [...browser.cookies.values()],
    );
    expect(await viewOf(strange)).toMatchObject({ state: "anonymous", reason: "unreadable" });
    expect(sessionNames(strange)).toEqual(sessionNames(browser));
  });

  it("S-059 S-088 S-132: of another provider means anonymous and is kept, though the keys are the same; its tokens go nowhere", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const revocations = rig.idp.counters().revocations;
    for (const change of [
      { provider: { ...rig.config.provider, issuer: "http://127.0.0.1:1" } },
      { provider: { ...rig.config.provider, clientId: "coatcheck-other" } },
    ]) {
      const moved = createBrowser(rig.instance(change), ORIGIN, rig.seen, [...browser.cookies.values()]);
      expect(await viewOf(moved)).toMatchObject({ state: "anonymous", reason: "unreadable" });
      expect(sessionNames(moved)).toEqual(sessionNames(browser));
      expect((await moved.fetch("/api/plain/x")).status).toBe(401);
      expect((await moved.fetch("/bff/logout", { method: "POST" })).status).toBe(200);
    }
    expect(rig.api.calls).toEqual([]);
    expect(rig.idp.counters().revocations).toBe(revocations);
    expect(await viewOf(browser)).toMatchObject({ state: "active" });
  });

  it("S-061: keys rotate without a logout", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const rotated = rig.instance({
      cookieKeys: [randomBytes(32).toString("base64url"), ...rig.config.cookieKeys],
    });
    expect(
      await viewOf(createBrowser(rotated, ORIGIN, rig.seen, [...browser.cookies.values()])),
    ).toMatchObject({ state: "active" });
  });

  it("of two sessions in one request the newer wins; the older is ended and its cookie removed", async () => {
    const [older, newer] = [rig.browser(), rig.browser()];
    await rig.signIn(older, { user: "ines" });
    await rig.signIn(newer);
    const revocations = rig.idp.counters().revocations;
    const both = createBrowser(rig.bff, ORIGIN, rig.seen, [
      ...older.cookies.values(),
      ...newer.cookies.values(),
    ]);
    expect(sessionNames(both)).toHaveLength(2);
    expect(await viewOf(both)).toMatchObject({ state: "active", user: { sub: "ada" } });
    expect(sessionNames(both)).toEqual(sessionNames(newer));
    expect(await viewOf(older)).toMatchObject({ state: "anonymous" });
    await expect.poll(() => rig.idp.counters().revocations).toBe(revocations + 1);
  });

  it("of two sessions of one person the older is ended, and nothing is revoked", async () => {
    const [older, newer] = [rig.browser(), rig.browser()];
    await rig.signIn(older);
    await rig.signIn(newer);
    const revocations = rig.idp.counters().revocations;
    const both = createBrowser(rig.bff, ORIGIN, rig.seen, [
      ...older.cookies.values(),
      ...newer.cookies.values(),
    ]);
    await both.fetch("/bff/session");
    expect(await viewOf(older)).toMatchObject({ state: "anonymous", reason: "none" });
    await rig.bff.drain();
    expect(rig.idp.counters().revocations).toBe(revocations);
  });

  it("S-071 S-138 S-150: thousands of junk cookies and odd names are an answer, too", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const cookie = [...browser.cookies.values()].map(({ name, value }) => `${name}=${value}`).join("; ");
    const junk = Array.from({ length: 500 }, (_, index) => `coatcheck-3000-${index}=x`)
      .join("; ")
      .slice(0, 6_000);
    for (const shown of [
      `${cookie}; ${junk}`,
      `=; ;;; a; =b; ${cookie}`,
      `${cookie}; ${cookie}`,
      `${cookie}\u00a0`,
    ]) {
      const answer = await rig.bff.app.request(`${ORIGIN}/bff/session`, {
        headers: { cookie: shown, "x-coatcheck": "1" },
      });
      expect(answer.status).toBe(200);
    }
  });
});

describe("a session's deadlines", () => {
  it("S-062 S-070: reading the session doesn't extend it; calls and the activity ping do, when that is due", async () => {
    const rig = await startRig();
    const browser = rig.browser();
    await rig.signIn(browser);
    const { idleDeadline = 0 } = await viewOf(browser);
    rig.advance(5 * MINUTE_MS);
    expect((await viewOf(browser)).idleDeadline).toBe(idleDeadline);
    const active = (await (await browser.fetch("/bff/activity", { method: "POST" })).json()) as {
      idleDeadline: number;
    };
    expect(active.idleDeadline).toBeGreaterThanOrEqual(idleDeadline + 5 * MINUTE_MS);
    expect((await viewOf(browser)).idleDeadline).toBe(active.idleDeadline);
    rig.advance(MINUTE_MS / 2);
    const early = await browser.fetch("/bff/activity", { method: "POST" });
    expect(early.headers.getSetCookie()).toEqual([]);
    await rig.close();
  });

  it("S-062: an API call moves the idle deadline, too", async () => {
    const rig = await startRig();
    const browser = rig.browser();
    await rig.signIn(browser);
    const { idleDeadline = 0 } = await viewOf(browser);
    rig.advance(4 * MINUTE_MS);
    expect((await browser.fetch("/api/plain/1")).headers.getSetCookie()).toHaveLength(1);
    expect((await viewOf(browser)).idleDeadline).toBeGreaterThanOrEqual(idleDeadline + 4 * MINUTE_MS);
    expect((await browser.fetch("/api/plain/2")).headers.getSetCookie()).toEqual([]);
    await rig.close();
  });

  it("S-062: calls that show an old cookie at one moment get one new cookie, sealed once", async () => {
    const rig = await startRig();
    const sealer = createIronSealer();
    let seals = 0;
    let now = Date.now();
    const counted = rig.instance(
      {},
      {
        nowMs: () => now,
        sealer: {
          ...sealer,
          seal: (...args) => {
            seals += 1;
            return sealer.seal(...args);
          },
        },
      },
    );
    const browser = createBrowser(counted, ORIGIN, rig.seen);
    await rig.signIn(browser);
    const cookies = [...browser.cookies.values()];
    const showOld = async () => {
      const answer = await createBrowser(counted, ORIGIN, rig.seen, cookies).fetch("/api/plain/1");
      return answer.headers.getSetCookie();
    };
    now += 3 * MINUTE_MS;
    seals = 0;
    const written = await Promise.all(Array.from({ length: 10 }, showOld));
    expect(new Set(written.flat()).size).toBe(1);
    expect(written.filter((setCookie) => setCookie.length !== 1)).toEqual([]);
    expect(seals).toBe(1);

    now += 1_000;
    expect(await showOld()).not.toEqual(written[0]);
    expect(seals).toBe(2);
    await rig.close();
  });

  it("S-062: idle for too long, it is over, and its cookie goes", async () => {
    const rig = await startRig();
    const browser = rig.browser();
    await rig.signIn(browser);
    rig.advance(31 * MINUTE_MS);
    const answer = await browser.fetch("/api/plain/x");
    expect(await answer.json()).toMatchObject({ code: "no_session", reason: "idle_timeout" });
    expect(sessionNames(browser)).toEqual([]);
    expect(rig.api.calls).toEqual([]);
    await rig.close();
  });

  /** Signed in, and idle for too long by its cookie: the response that carried an extension of 20 minutes ago was lost. */
  async function extendedElsewhere(rig: Rig): Promise<Browser> {
    const browser = rig.browser();
    await rig.signIn(browser);
    rig.advance(MINUTE_MS);
    await browser.fetch("/api/plain/1");
    rig.advance(25 * MINUTE_MS);
    const lost = browser.copy();
    expect((await lost.fetch("/bff/activity", { method: "POST" })).headers.getSetCookie()).toHaveLength(1);
    rig.advance(20 * MINUTE_MS);
    return browser;
  }

  it("loses no extension when the response that carried it was lost, where the ledger has a record of it", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await extendedElsewhere(rig);
    expect(await viewOf(browser)).toMatchObject({ state: "active" });
    expect((await browser.fetch("/bff/activity", { method: "POST" })).headers.getSetCookie()).toHaveLength(1);
    rig.advance(31 * MINUTE_MS);
    expect(await viewOf(browser)).toMatchObject({ state: "anonymous", reason: "idle_timeout" });
    await rig.close();
  });

  it("S-062: counts a call that came in time, however long its look at the ledger took", async () => {
    let standStill = (): void => undefined;
    const rig = await startRig({
      idp: { accessTokenSeconds: 60 },
      ledger: (ledger) => ({
        ...ledger,
        read: async (...request) => {
          const view = await ledger.read(...request);
          standStill();
          return view;
        },
      }),
    });
    const browser = await extendedElsewhere(rig);
    standStill = () => rig.advance(15 * MINUTE_MS);
    const answer = await browser.fetch("/api/plain/2");
    expect(answer.status).toBe(200);
    expect(sessionNames(browser)).not.toEqual([]);
    await rig.close();
  });

  it("keeps the cookie of a session that looks idle while the ledger, which may know better, can't be asked", async () => {
    let isDown = false;
    const rig = await startRig({
      idp: { accessTokenSeconds: 60 },
      ledger: (ledger) => ({
        ...ledger,
        read: (...request) => (isDown ? Promise.reject(new Error("down")) : ledger.read(...request)),
      }),
    });
    const browser = await extendedElsewhere(rig);
    isDown = true;
    expect((await browser.fetch("/bff/session")).status).toBe(503);
    isDown = false;
    // A store that was down is asked by a probe first.
    await expect.poll(() => viewOf(browser), { timeout: 10_000 }).toMatchObject({ state: "active" });
    await rig.close();
  });

  it("S-062: activity never moves the absolute deadline", async () => {
    const rig = await startRig({ config: { session: { absoluteTimeoutSeconds: 3_600 } } });
    const browser = rig.browser();
    await rig.signIn(browser);
    for (let count = 0; count < 3; count += 1) {
      rig.advance(20 * MINUTE_MS - 5_000);
      await browser.fetch("/bff/activity", { method: "POST" });
    }
    expect(await viewOf(browser)).toMatchObject({ state: "active" });
    rig.advance(MINUTE_MS);
    expect(await viewOf(browser)).toMatchObject({ state: "anonymous", reason: "absolute_timeout" });
    await rig.close();
  });
});
