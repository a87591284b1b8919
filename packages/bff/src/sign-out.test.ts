import { describe, expect, it } from "vitest";
import { signOutByForm, createCookieJar } from "@coatcheck/dev-idp";
import { TokensError } from "@coatcheck/tokens";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { createEvilWorld } from "../fixtures/evil-world.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

async function viewOf(browser: Browser) {
  return (await (await browser.fetch("/bff/session")).json()) as { state: string; reason?: string };
}
function signOut(browser: Browser, body?: unknown) {
  return browser.fetch("/bff/logout", {
    method: "POST",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
}
function ours(browser: Browser) {
  return [...browser.cookies.keys()];
}

async function withRig(
  options: Parameters<typeof startRig>[0],
  run: (rig: Rig, browser: Browser) => Promise<void>,
): Promise<void> {
  const rig = await startRig(options);
  const browser = rig.browser();
  await rig.signIn(browser);
  try {
    await run(rig, browser);
  } finally {
    await rig.close();
  }
}

describe("signing out", () => {
  it("S-072 S-094 S-095 S-099: ends the session everywhere, removes every cookie, revokes the refresh token", () =>
    withRig({}, async (rig, browser) => {
      await browser.navigate("/bff/login");
      const copy = browser.copy();
      const answer = await signOut(browser);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ next: "/" });
      expect(answer.headers.get("clear-site-data")).toBe('"cache"');
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(ours(browser)).toEqual([]);
      expect(await viewOf(copy)).toMatchObject({ state: "anonymous", reason: "signed_out" });
      expect((await copy.fetch("/api/plain/1")).status).toBe(401);
      await expect.poll(() => rig.idp.counters().revocations).toBe(1);
    }));

  it("S-072: on another instance, too", () =>
    withRig({}, async (rig, browser) => {
      const other = rig.instance();
      await other.ready();
      const copy = createBrowser(other, ORIGIN, rig.seen, [...browser.cookies.values()]);
      await signOut(browser);
      await expect.poll(async () => (await viewOf(copy)).state).toBe("anonymous");
    }));

  it("S-094: is idempotent, and works without a session, with a broken one, and with a malformed body refused", () =>
    withRig({}, async (rig, browser) => {
      const empty = rig.browser();
      expect((await signOut(empty)).status).toBe(200);
      const name = ours(browser).find((one) => /-[0-9a-f]{8}$/u.test(one)) ?? "";
      const cookie = browser.cookies.get(name);
      if (cookie !== undefined) browser.cookies.set(name, { ...cookie, value: "broken" });
      expect((await signOut(browser, { provider: "yes" })).status).toBe(400);
      expect((await browser.fetch("/bff/logout", { method: "POST", body: "{" })).status).toBe(400);
      expect((await signOut(browser)).status).toBe(200);
      expect(ours(browser)).toEqual([]);
    }));

  it("S-080: needs a request of our own page: no GET, no form, no other site", () =>
    withRig({}, async (_, browser) => {
      expect((await browser.navigate("/bff/logout")).status).toBe(405);
      const form = {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "x=1",
      };
      expect((await browser.navigate("/bff/logout", "cross-site", form)).status).toBe(403);
      expect((await browser.navigate("/bff/logout", "same-origin", form)).status).toBe(403);
      expect((await viewOf(browser)).state).toBe("active");
    }));

  it("with the ledger down answers 503, keeps the cookie, and revokes nothing", () => {
    let isDown = false;
    const ledger = (memory: Rig["ledger"]): Rig["ledger"] => ({
      ...memory,
      end: (...parameters) => (isDown ? Promise.reject(new Error("down")) : memory.end(...parameters)),
    });
    return withRig({ ledger }, async (rig, browser) => {
      isDown = true;
      const answer = await signOut(browser);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: "ledger_unavailable" });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      isDown = false;
      expect((await viewOf(browser)).state).toBe("active");
      expect(rig.idp.counters().revocations).toBe(0);
      expect((await signOut(browser)).status).toBe(200);
    });
  });

  it("S-095: revokes what it ends, also where another session's record can't be read", () => {
    let isDamaged = false;
    let damaged: string | undefined;
    const ledger = (memory: Rig["ledger"]): Rig["ledger"] => ({
      ...memory,
      end: (at, ...parameters) => {
        if (isDamaged) damaged ??= at.key;
        return isDamaged && at.key === damaged
          ? Promise.reject(new TokensError("record_unreadable", "damaged"))
          : memory.end(at, ...parameters);
      },
    });
    return withRig({ ledger }, async (rig, older) => {
      const newer = rig.browser();
      await rig.signIn(newer, { user: "ines" });
      const cookies = [older, newer].flatMap((browser) => Array.from(browser.cookies.values()));
      const both = createBrowser(rig.bff, ORIGIN, rig.seen, cookies);
      isDamaged = true;
      expect((await signOut(both)).status).toBe(503);
      await expect.poll(() => rig.idp.counters().revocations).toBe(1);
      isDamaged = false;
      expect((await signOut(both)).status).toBe(200);
      expect(ours(both)).toEqual([]);
      await expect.poll(() => rig.idp.counters().revocations).toBeGreaterThan(1);
    });
  });

  it("S-095: with the provider down is not held up", () =>
    withRig({}, async (rig, browser) => {
      await rig.control.addFault({ kind: "hold", endpoint: "revocation" });
      expect((await signOut(browser)).status).toBe(200);
      expect(await rig.control.waitUntilHeld()).toBe(true);
      await rig.control.clearFaults();
    }));

  it("S-093: a refresh that finishes after the sign-out doesn't bring the session back", () =>
    withRig({ idp: { accessTokenSeconds: 60 } }, async (rig, browser) => {
      rig.advance(61_000);
      await rig.control.addFault({ kind: "hold", endpoint: "token", when: "after" });
      const late = browser.copy();
      const call = late.fetch("/api/plain/1");
      expect(await rig.control.waitUntilHeld()).toBe(true);
      expect((await signOut(browser)).status).toBe(200);
      await rig.control.clearFaults();
      const answer = await call;
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: "no_session", reason: "signed_out" });
      expect(ours(late).filter((name) => /-[0-9a-f]{8}$/u.test(name))).toEqual([]);
      expect((await viewOf(late)).state).toBe("anonymous");
      await rig.bff.drain();
      // What the leader got after the end was revoked, too.
      expect(rig.idp.counters().revocations).toBeGreaterThanOrEqual(2);
    }));
});

describe("a session that ends while an answer is on its way", () => {
  it("S-093: loses its cookie with that answer, even where a re-seal was due; the answer itself arrives", () =>
    withRig({}, async (rig, browser) => {
      rig.advance(5 * 60_000);
      const reached = Promise.withResolvers<() => void>();
      rig.api.answer((_, response) => reached.resolve(() => response.end("late")));
      const late = browser.copy();
      const call = late.fetch("/api/plain/1");
      const answer = await reached.promise;
      await signOut(browser);
      answer();
      const response = await call;
      expect([response.status, await response.text()]).toEqual([200, "late"]);
      const lines = response.headers.getSetCookie();
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toContain("Max-Age=0");
      expect((await viewOf(late)).state).toBe("anonymous");
    }));
});

describe("signing out at the provider", () => {
  it("S-096: is a navigation of our own page that takes the hint along, once", () =>
    withRig({}, async (rig, browser) => {
      const answer = await signOut(browser, { provider: true });
      expect(await answer.json()).toEqual({ next: "/bff/logout/provider" });
      expect(
        (await browser.copy().navigate("/bff/logout/provider", "cross-site")).headers.get("location"),
      ).toBe("/");
      expect((await browser.copy().navigate("/bff/logout/provider", "none")).headers.get("location")).toBe(
        "/",
      );
      const leaving = await browser.navigate("/bff/logout/provider");
      expect(leaving.status).toBe(303);
      const url = new URL(leaving.headers.get("location") ?? "");
      expect(url.origin).toBe(rig.idp.issuer);
      expect(url.searchParams.get("client_id")).toBe("coatcheck-test");
      expect(url.searchParams.get("post_logout_redirect_uri")).toBe(`${ORIGIN}/`);
      expect(url.searchParams.get("id_token_hint")).toMatch(/^eyJ/u);
      expect(url.searchParams.get("state")).toMatch(/^[\w-]{22}$/u);
      expect(ours(browser)).toEqual([]);
      expect((await browser.navigate("/bff/logout/provider")).headers.get("location")).toBe("/");
      const back = await signOutByForm({ endSessionUrl: url.href, cookieJar: createCookieJar() });
      expect(new URL(back).origin + new URL(back).pathname).toBe(`${ORIGIN}/`);
    }));

  it("isn't kept for later when the person signs out here only", () =>
    withRig({}, async (_, browser) => {
      await signOut(browser);
      expect((await browser.navigate("/bff/logout/provider")).headers.get("location")).toBe("/");
    }));
});

describe("two applications on two ports of one host", () => {
  const origins = ["https://localhost", "https://localhost:8443", "https://localhost:9443"];

  it.each(origins)("signing out of %s leaves the others signed in", async (publicOrigin) => {
    const worlds = await Promise.all(origins.map((origin) => createEvilWorld({ publicOrigin: origin })));
    for (const world of worlds) expect((await world.signIn()).status).toBe(303);
    const jar = worlds.flatMap(({ browser }) => [...browser.cookies.values()]);
    const index = origins.indexOf(publicOrigin);
    const own = [...(worlds[index]?.browser.cookies.keys() ?? [])];
    expect(own.length).toBeGreaterThan(0);
    const shared = createBrowser(worlds[index]?.bff ?? fail(), publicOrigin, { responses: [] }, jar);
    expect(await viewOf(shared)).toMatchObject({ state: "active" });
    expect((await signOut(shared)).status).toBe(200);
    expect(ours(shared)).toEqual(jar.map(({ name }) => name).filter((name) => !own.includes(name)));
    for (const [other, { bff }] of worlds.entries()) {
      const view = await viewOf(
        createBrowser(bff, origins[other] ?? "", { responses: [] }, [...shared.cookies.values()]),
      );
      expect([origins[other], view.state]).toEqual([
        origins[other],
        other === index ? "anonymous" : "active",
      ]);
    }
  });
});

function fail(): never {
  throw new Error("no such world");
}
