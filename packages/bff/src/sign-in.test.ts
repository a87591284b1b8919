import { createWebCryptoMac } from "@coatcheck/session";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.control.reset();
  rig.api.calls.length = 0;
});

function tokenCalls() {
  return rig.idp.counters().tokenCalls;
}
function transactions(browser: ReturnType<Rig["browser"]>) {
  return [...browser.cookies.keys()].filter((name) => name.includes("-tx-"));
}
function sessions(browser: ReturnType<Rig["browser"]>) {
  return [...browser.cookies.keys()].filter((name) => /^coatcheck-3000-[0-9a-f]{8}$/u.test(name));
}
async function stateOf(browser: ReturnType<Rig["browser"]>) {
  return (await (await browser.fetch("/bff/session")).json()) as {
    state: string;
    reason?: string;
    user?: { sub: string };
    ticket?: string;
  };
}

describe("signing in", () => {
  it("S-033 S-034: comes back to where it began, with a session that the next fetch sees", async () => {
    const browser = rig.browser();
    const landed = await rig.signIn(browser, { returnTo: "/notes/7?x=1#end" });
    expect(landed.status).toBe(303);
    expect(landed.headers.get("location")).toBe("/notes/7?x=1#end");
    expect(landed.headers.get("cache-control")).toBe("no-store");
    expect(landed.headers.get("referrer-policy")).toBe("no-referrer");
    expect(await stateOf(browser)).toMatchObject({
      state: "active",
      user: { sub: "ada", name: "Ada Lindqvist", email: "ada@example.org" },
      generation: 0,
      refresh: "possible",
      ticket: expect.stringMatching(/^\d{4}$/u),
    });
  });

  it.each([512, 513, 1024, 2048])("lands at an address of %i bytes", async (bytes) => {
    const returnTo = `/notes?filter=${"q".repeat(bytes - "/notes?filter=".length)}`;
    const landed = await rig.signIn(rig.browser(), { returnTo });
    expect([landed.status, landed.headers.get("location")]).toEqual([303, returnTo]);
  });

  it.each([2049, 8000])(
    "lands at the start page with a word where the address has %i bytes",
    async (bytes) => {
      const browser = rig.browser();
      const landed = await rig.signIn(browser, { returnTo: `/${"q".repeat(bytes - 1)}` });
      expect([landed.status, landed.headers.get("location")]).toEqual([303, "/?signin=place_lost"]);
      expect(((await (await browser.fetch("/bff/session")).json()) as { state: string }).state).toBe(
        "active",
      );
    },
  );

  it("lands at the start page with a word where the session in the browser leaves no room for the address", async () => {
    const rig = await startRig({ config: { userClaims: ["sub", "name"] } });
    const browser = rig.browser();
    await rig.signIn(browser);
    const session = [...browser.cookies.values()].find(({ name }) => /-[0-9a-f]{8}$/u.test(name));
    // Somebody's else whole session of the largest size: what a browser shows counts, whoever sealed it.
    browser.cookies.set("coatcheck-3000-00000000", {
      name: "coatcheck-3000-00000000",
      value: `1.00000000${session?.value.slice(10) ?? ""}`.padEnd(4000, "x"),
      path: "/",
      isStrict: true,
    });
    const landed = await rig.signIn(browser, { returnTo: `/${"q".repeat(2000)}` });
    expect([landed.status, landed.headers.get("location")]).toEqual([303, "/?signin=place_lost"]);
    await rig.close();
  });

  it("S-001 S-007 S-009 S-010: sends exactly the configured request, whatever the link says", async () => {
    const begun = await rig
      .browser()
      .navigate(
        "/bff/login?scope=admin&redirect_uri=https://evil.example&client_id=x&resource=y&returnTo=/%26scope%3Dadmin",
      );
    const sent = new URL(begun.headers.get("location") ?? "").searchParams;
    expect([...sent.keys()].length).toBe(new Set(sent.keys()).size + sent.getAll("resource").length - 1);
    expect(Object.fromEntries(sent)).toMatchObject({
      response_type: "code",
      client_id: "coatcheck-test",
      redirect_uri: `${ORIGIN}/bff/callback`,
      scope: "openid profile email notes:read",
      code_challenge_method: "S256",
    });
    expect(sent.getAll("resource")).toEqual(["https://notes.example/"]);
  });

  it("S-008: a hostile return target ends on the start page", async () => {
    expect((await rig.signIn(rig.browser(), { returnTo: "//evil.example" })).headers.get("location")).toBe(
      "/",
    );
  });

  it("S-012: prefetches, fetches and frames begin nothing", async () => {
    for (const headers of [
      { "sec-purpose": "prefetch;prerender" },
      { purpose: "prefetch" },
      { "sec-fetch-mode": "cors" },
      { "sec-fetch-dest": "iframe" },
    ]) {
      const browser = rig.browser();
      const answer = await browser.navigate("/bff/login", "same-origin", {
        headers: headers as Record<string, string>,
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get("coatcheck-problem")).toBe("guard_refused");
      expect(browser.cookies.size).toBe(0);
    }
  });

  it("S-013: another site can't begin one; the person lands on our page with nothing set", async () => {
    const browser = rig.browser();
    const answer = await browser.navigate("/bff/login?returnTo=/notes", "cross-site");
    expect([answer.status, answer.headers.get("location"), browser.cookies.size]).toEqual([303, "/", 0]);
  });

  it("S-014: sign-ins in several tabs all complete, in any order", async () => {
    const browser = rig.browser();
    const first = await rig.walkToCallback(browser, { returnTo: "/a" });
    const second = await rig.walkToCallback(browser, { returnTo: "/b" });
    expect((await browser.navigate(second, "cross-site")).headers.get("location")).toBe("/b");
    expect((await browser.navigate(first, "cross-site")).headers.get("location")).toBe("/a");
    expect((await stateOf(browser)).state).toBe("active");
    expect(sessions(browser)).toHaveLength(1);
  });

  it("S-014 S-147: 30 abandoned sign-ins leave room for one that works", async () => {
    const browser = rig.browser();
    for (let count = 0; count < 30; count += 1) await browser.navigate("/bff/login");
    expect(transactions(browser).length).toBeLessThanOrEqual(3);
    await rig.signIn(browser);
    expect((await stateOf(browser)).state).toBe("active");
  });

  it("S-015 S-025: declined at the provider, the person reads so, and an earlier session lives on", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const { ticket } = await stateOf(browser);
    const callback = new URL(await rig.walkToCallback(browser, { returnTo: "/notes?x=1#y" }), ORIGIN);
    const state = callback.searchParams.get("state") ?? "";
    const iss = callback.searchParams.get("iss") ?? "";
    const calls = tokenCalls();
    const query = new URLSearchParams({
      error: "access_denied",
      error_description: "<script>\r\nx: y",
      state,
      iss,
    });
    const landed = await browser.navigate(`/bff/callback?${query}`, "cross-site");
    expect(landed.headers.get("location")).toBe("/notes?x=1&signin=declined#y");
    expect([...landed.headers].flat().join()).not.toContain("script");
    expect(transactions(browser)).toEqual([]);
    expect(tokenCalls()).toBe(calls);
    expect(await stateOf(browser)).toMatchObject({ state: "active", ticket });
  });

  it("S-020: an unknown, missing or foreign state makes no token call and costs nobody a session", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const foreign = await rig.walkToCallback(rig.browser());
    const calls = tokenCalls();
    for (const callback of [
      "/bff/callback",
      "/bff/callback?code=x&state=unknown",
      foreign,
      "/bff/callback?state=a&state=b&code=x",
    ]) {
      const answer = await browser.navigate(callback, "cross-site");
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/?signin=expired"]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(tokenCalls()).toBe(calls);
    expect((await stateOf(browser)).state).toBe("active");
  });

  it("S-020: a callback that doesn't match costs no other tab its pending sign-in", async () => {
    const browser = rig.browser();
    const pending = await rig.walkToCallback(browser, { returnTo: "/mine" });
    const doubled = `${pending}&state=unknown`;
    for (const callback of ["/bff/callback?code=x&state=unknown", doubled]) {
      const answer = await browser.navigate(callback, "cross-site");
      expect(answer.headers.get("location")).toBe("/?signin=expired");
      expect(transactions(browser)).toHaveLength(1);
    }
    expect((await browser.navigate(pending, "cross-site")).headers.get("location")).toBe("/mine");
  });

  it("S-021: 20 copies of one callback make one token call and leave one session", async () => {
    const browser = rig.browser();
    const callback = await rig.walkToCallback(browser, { returnTo: "/notes" });
    const calls = tokenCalls();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.navigate(callback, "cross-site")),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 303));
    expect(new Set(answers.map((answer) => answer.headers.get("location")))).toEqual(new Set(["/notes"]));
    expect(tokenCalls() - calls).toBe(1);
    expect(rig.idp.counters().grantsRevoked).toBe(0);
    expect(sessions(browser)).toHaveLength(1);
    expect((await stateOf(browser)).state).toBe("active");
  });

  it("S-021: copies that reach several instances at once make one token call, and the session that it made lives", async () => {
    const browser = rig.browser();
    const callback = await rig.walkToCallback(browser, { returnTo: "/notes" });
    const jar = [...browser.cookies.values()];
    const calls = tokenCalls();
    const copies = Array.from({ length: 4 }, () => createBrowser(rig.instance(), ORIGIN, rig.seen, jar));
    const answers = await Promise.all(copies.map((copy) => copy.navigate(callback, "cross-site")));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303]);
    expect(new Set(answers.map((answer) => answer.headers.get("location")))).toEqual(new Set(["/notes"]));
    expect(tokenCalls() - calls).toBe(1);
    const signedIn = copies.filter((copy) => sessions(copy).length === 1);
    expect(signedIn).toHaveLength(1);
    expect((await signedIn[0]?.fetch("/bff/refresh", { method: "POST" }))?.status).toBe(200);
  });

  it("S-021 S-140: with the ledger out of reach a sign-in still works, once", async () => {
    const broken = await startRig({
      ledger: (ledger) => ({ ...ledger, claim: () => Promise.reject(new Error("down")) }),
    });
    const browser = broken.browser();
    const callback = await broken.walkToCallback(browser);
    const kept = browser.copy();
    await browser.navigate(callback, "cross-site");
    expect(await stateOf(browser)).toMatchObject({ state: "active" });
    await kept.navigate(callback, "cross-site");
    expect(broken.idp.counters().tokenCalls).toBe(1);
    expect(broken.log).toContainEqual(
      expect.objectContaining({ event: "ledger_unavailable", during: "callback" }),
    );
    await broken.close();
  });

  it("S-021: a callback that failed before anything was redeemed can be loaded again", async () => {
    const mac = createWebCryptoMac();
    let isFailing = true;
    const digest: typeof mac.digest = (text) => {
      if (isFailing && text.includes('"sign-in"')) throw new Error("once");
      return mac.digest(text);
    };
    const begun = rig.browser();
    const callback = await rig.walkToCallback(begun);
    const instance = rig.instance({}, { mac: { ...mac, digest } });
    const browser = createBrowser(instance, ORIGIN, rig.seen, [...begun.cookies.values()]);
    expect((await browser.navigate(callback, "cross-site")).status).toBe(500);
    isFailing = false;
    expect((await browser.navigate(callback, "cross-site")).status).toBe(303);
    expect(await stateOf(browser)).toMatchObject({ state: "active" });
  });

  it("S-021: Back and Reload after signing in land in the app, without a token call", async () => {
    const browser = rig.browser();
    const callback = await rig.walkToCallback(browser);
    const keptTransaction = browser.copy();
    await browser.navigate(callback, "cross-site");
    const calls = tokenCalls();
    expect((await browser.navigate(callback, "cross-site")).status).toBe(303);
    const replayed = await keptTransaction.navigate(callback, "cross-site");
    expect([replayed.status, replayed.headers.get("location")]).toEqual([303, "/"]);
    expect(tokenCalls()).toBe(calls);
    expect((await stateOf(browser)).state).toBe("active");
    expect((await stateOf(keptTransaction)).state).toBe("anonymous");
  });

  it("S-019: only the exact callback path is one", async () => {
    const browser = rig.browser();
    const query = (await rig.walkToCallback(browser)).split("?")[1] ?? "";
    const calls = tokenCalls();
    for (const path of ["/bff/callback/", "/bff//callback", "/bff/%63allback", "/bff/Callback"]) {
      expect([400, 404]).toContain((await browser.navigate(`${path}?${query}`, "cross-site")).status);
    }
    expect((await browser.navigate(`/bff/callback?${query}`, "cross-site", { method: "POST" })).status).toBe(
      405,
    );
    expect(tokenCalls()).toBe(calls);
  });

  it("S-025: a code that the provider refuses ends with a word for it", async () => {
    const browser = rig.browser();
    const callback = (await rig.walkToCallback(browser)).replace(/code=[^&]+/u, "code=wrong");
    expect((await browser.navigate(callback, "cross-site")).headers.get("location")).toBe("/?signin=failed");
    expect((await stateOf(browser)).state).toBe("anonymous");
    expect(transactions(browser)).toEqual([]);
  });

  it("S-022: a wrong or missing iss is refused before the token call", async () => {
    for (const change of [
      (callback: string) => callback.replace(/iss=[^&]+/u, "iss=https%3A%2F%2Fevil.example"),
      (callback: string) => callback.replace(/&?iss=[^&]+/u, ""),
    ]) {
      const browser = rig.browser();
      const callback = change(await rig.walkToCallback(browser));
      const calls = tokenCalls();
      expect((await browser.navigate(callback, "cross-site")).headers.get("location")).toBe(
        "/?signin=failed",
      );
      expect(tokenCalls()).toBe(calls);
    }
  });

  it("S-032: signing in again makes a new session; the old cookie is dead, the provider's grant isn't revoked", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const old = browser.copy();
    const before = await stateOf(old);
    await rig.signIn(browser);
    expect(sessions(browser)).toHaveLength(1);
    const after = await stateOf(browser);
    expect(after).toMatchObject({ state: "active", user: { sub: "ada" } });
    expect(after.ticket).not.toBe(before.ticket);
    // No reason: a call that was under way says nothing that would make the page forget its person.
    expect(await stateOf(old)).toMatchObject({ state: "anonymous", reason: "none" });
    const refused = await old.fetch("/api/plain/x");
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: "no_session", reason: "none" });
    await rig.bff.drain();
    expect(rig.idp.counters().revocations).toBe(0);
  });

  it("S-032 S-035: signing in as another person leaves no trace of the first, whose refresh token is revoked", async () => {
    const browser = rig.browser();
    await rig.signIn(browser);
    const ada = browser.copy();
    await rig.signIn(browser, { user: "ines" });
    expect(await stateOf(browser)).toMatchObject({ state: "active", user: { sub: "ines" } });
    expect(sessions(browser)).toHaveLength(1);
    expect(await stateOf(ada)).toMatchObject({ state: "anonymous" });
    await expect.poll(() => rig.idp.counters().revocations).toBe(1);
  });

  it("S-032: a session cookie planted before the callback doesn't survive it", async () => {
    const attacker = rig.browser();
    await rig.signIn(attacker, { user: "ines" });
    const victim = rig.browser();
    const callback = await rig.walkToCallback(victim);
    for (const name of sessions(attacker)) {
      const cookie = attacker.cookies.get(name);
      if (cookie !== undefined) victim.cookies.set(name, { ...cookie, isStrict: false });
    }
    await victim.navigate(callback, "cross-site");
    expect(sessions(victim)).toHaveLength(1);
    expect(await stateOf(victim)).toMatchObject({ user: { sub: "ada" } });
    expect(await stateOf(attacker)).toMatchObject({ state: "anonymous" });
  });

  it("S-140: a provider that is down at the last step costs nothing but the try", async () => {
    const browser = rig.browser();
    const callback = await rig.walkToCallback(browser);
    await rig.control.addFault({ kind: "reset", endpoint: "token" });
    expect((await browser.navigate(callback, "cross-site")).headers.get("location")).toBe(
      "/?signin=unavailable",
    );
    await rig.control.clearFaults();
    await rig.signIn(browser);
    expect((await stateOf(browser)).state).toBe("active");
  });
});

describe("a provider that was never reached", () => {
  it("S-140: sign-in shows a page to try again, which keeps the deep link; nothing is set; readiness says so", async () => {
    const rig = await startRig();
    await rig.control.addFault({ kind: "unavailable", endpoint: "any" });
    const browser = rig.browser();
    const page = await browser.navigate("/bff/login?returnTo=/notes/7%3Fx%3D%22%3E%3Cb%3E");
    expect(page.status).toBe(503);
    expect(page.headers.get("retry-after")).toBe("5");
    expect(page.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+';/u,
    );
    const html = await page.text();
    const href = /href="(\/bff\/login[^"]*)"/u.exec(html)?.[1] ?? "";
    expect(html).not.toMatch(/<script|<b>/u);
    expect(browser.cookies.size).toBe(0);
    expect((await rig.bff.readiness()).reasons).toContain("provider_undiscovered");
    await rig.control.clearFaults();
    await expect.poll(async () => (await browser.navigate(href.replaceAll("&amp;", "&"))).status).toBe(302);
    await rig.close();
  });
});
