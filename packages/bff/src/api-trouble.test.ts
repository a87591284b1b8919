import { describe, expect, it } from "vitest";
import { createBrowser } from "../fixtures/browser.ts";
import type { Browser } from "../fixtures/browser.ts";
import { ORIGIN, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

/** Four refreshes, far enough apart that the first cookie is past its time. */
async function moveOn(rig: Rig, browser: Browser): Promise<void> {
  rig.advance(61_000);
  for (const call of [1, 2, 3, 4]) {
    await browser.fetch(`/api/plain/${call}`);
    rig.advance(130_000);
  }
}
async function signedIn(from: Rig): Promise<Browser> {
  const browser = from.browser();
  await from.signIn(browser);
  return browser;
}
function refreshes(from: Rig) {
  return from.idp.counters().refreshes;
}
async function codeOf(response: Response) {
  return ((await response.json()) as { code: string }).code;
}

describe("an API that refuses the token", () => {
  const refuse = (rig: Rig, until: () => boolean) =>
    rig.api.answer((_, response) => {
      if (until()) response.writeHead(200).end("fine");
      else response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end();
    });
  const bearerCount = (rig: Rig) => new Set(rig.api.calls.map(({ headers }) => headers.authorization)).size;

  it("S-117: gets one newer token and the call once more, for what can be sent again", async () => {
    for (const init of [
      { method: "GET" },
      { method: "PUT", body: "x", headers: { "content-length": "1" } },
    ]) {
      const rig = await startRig();
      const browser = await signedIn(rig);
      rig.advance(11_000);
      refuse(rig, () => bearerCount(rig) > 1);
      const answer = await browser.fetch("/api/plain/1", init);
      expect([answer.status, await answer.text()]).toEqual([200, "fine"]);
      expect(rig.api.calls.map(({ body }) => body)).toEqual(init.body === undefined ? ["", ""] : ["x", "x"]);
      expect(refreshes(rig)).toBe(1);
      expect(answer.headers.getSetCookie()).toHaveLength(1);
      await rig.close();
    }
  });

  it.each([
    ["of unknown length", { body: "x" }],
    ["with a small body", { body: "x", headers: { "content-length": "1" } }],
    ["without a body", {}],
  ])("S-117: a POST %s is not sent twice, but the next call has the newer token", async (_, init) => {
    const rig = await startRig();
    const browser = await signedIn(rig);
    rig.advance(11_000);
    refuse(rig, () => bearerCount(rig) > 1);
    expect((await browser.fetch("/api/plain/1", { method: "POST", ...init })).status).toBe(401);
    expect(rig.api.calls).toHaveLength(1);
    expect((await browser.fetch("/api/plain/1")).status).toBe(200);
    await rig.close();
  });

  it("S-117: costs one refresh for twenty calls at once, and all of them get the newer token", async () => {
    const rig = await startRig();
    const browser = await signedIn(rig);
    rig.advance(11_000);
    await browser.fetch("/api/plain/0");
    const refused = rig.api.calls[0]?.headers.authorization;
    rig.api.answer((request, response) => {
      if (request.headers.authorization !== refused) response.writeHead(200).end("fine");
      else response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end();
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_unused, index) => browser.fetch(`/api/plain/${index}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(refreshes(rig)).toBe(1);
    await rig.close();
  });

  it("S-117: again and again, it costs one refresh a minute, and its 401 is passed on as its own", async () => {
    const rig = await startRig();
    const browser = await signedIn(rig);
    rig.advance(11_000);
    refuse(rig, () => false);
    for (let count = 0; count < 5; count += 1) {
      const answer = await browser.fetch("/api/plain/1");
      expect(answer.status).toBe(401);
      expect(answer.headers.get("coatcheck-problem")).toBeNull();
    }
    expect(refreshes(rig)).toBe(1);
    await rig.close();
  });
});

describe("a provider in trouble", () => {
  it("S-089 S-090: down, calls go on while the token lives, then 503 with Retry-After; the session lives, and recovers", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    await rig.control.addFault({ kind: "unavailable", endpoint: "token" });
    rig.advance(50_000);
    expect((await browser.fetch("/api/plain/1")).status).toBe(200);
    rig.advance(15_000);
    const answer = await browser.fetch("/api/plain/2");
    expect([answer.status, await codeOf(answer)]).toEqual([503, "refresh_unavailable"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(((await (await browser.fetch("/bff/session")).json()) as { state: string }).state).toBe(
      "degraded",
    );
    await rig.control.clearFaults();
    await expect
      .poll(async () => (await browser.fetch("/api/plain/3")).status, { timeout: 10_000 })
      .toBe(200);
    await rig.close();
  });

  describe("is degraded no more", () => {
    const stateOf = async (browser: Browser) =>
      ((await (await browser.fetch("/bff/session")).json()) as { state: string }).state;

    /** One person, whose refresh has just failed at the first process; the provider is well again. */
    async function troubled() {
      const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
      const browser = await signedIn(rig);
      await rig.control.addFault({ kind: "unavailable", endpoint: "token" });
      rig.advance(65_000);
      expect((await browser.fetch("/api/plain/1")).status).toBe(503);
      expect(await stateOf(browser)).toBe("degraded");
      await rig.control.clearFaults();
      return { rig, browser };
    }

    it("for anybody, once somebody has signed in at this process", async () => {
      const { rig, browser } = await troubled();
      const other = rig.browser();
      await rig.signIn(other, { user: "ines" });
      expect([await stateOf(other), await stateOf(browser)]).toEqual(["active", "active"]);
      await rig.close();
    });

    it("for anybody, once somebody shows this process what another one got", async () => {
      const { rig, browser } = await troubled();
      const elsewhere = rig.instance();
      const seen = { responses: [] };
      const other = createBrowser(elsewhere, ORIGIN, seen);
      await rig.signIn(other, { user: "ines" });
      expect(await stateOf(browser)).toBe("degraded");
      const here = createBrowser(rig.bff, ORIGIN, seen, [...other.cookies.values()]);
      expect([await stateOf(here), await stateOf(browser)]).toEqual(["active", "active"]);
      await rig.close();
    });

    it("for anybody, once the provider has answered somebody's question", async () => {
      const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
      const browser = await signedIn(rig);
      rig.advance(65_000);
      const other = rig.browser();
      await rig.signIn(other, { user: "ines" });
      await rig.control.addFault({ kind: "unavailable", endpoint: "token" });
      expect((await browser.fetch("/api/plain/1")).status).toBe(503);
      expect(await stateOf(browser)).toBe("degraded");
      expect((await other.fetch("/bff/userinfo")).status).toBe(200);
      expect(await stateOf(browser)).toBe("active");
      await rig.close();
    });
  });

  it("S-089: a grant that is over ends the session with a reason, and removes its cookie", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    await rig.control.revokeGrants("ada");
    rig.advance(61_000);
    const answer = await browser.fetch("/api/plain/1");
    expect(await answer.json()).toMatchObject({ code: "no_session", reason: "grant_ended" });
    expect([...browser.cookies.keys()].filter((name) => /^coatcheck-3000-[0-9a-f]{8}$/u.test(name))).toEqual(
      [],
    );
    await rig.close();
  });

  it("new tokens survive an API that fails: the cookie is written on errors, too", async () => {
    const rig = await startRig({
      idp: { accessTokenSeconds: 60 },
      config: { routes: [{ prefix: "/api/gone", upstream: "http://127.0.0.1:1" }] },
    });
    const browser = await signedIn(rig);
    rig.advance(61_000);
    const answer = await browser.fetch("/api/gone/1");
    expect(answer.status).toBe(502);
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(((await (await browser.fetch("/bff/session")).json()) as { generation: number }).generation).toBe(
      1,
    );
    await rig.close();
  });
});

describe("a ledger in trouble", () => {
  it("down at real expiry, calls answer 503 with Retry-After, nobody spends a token, and the session recovers", async () => {
    let isDown = false;
    const fragile =
      <Parameters extends readonly unknown[], Result>(step: (...parameters: Parameters) => Promise<Result>) =>
      (...parameters: Parameters) =>
        isDown ? Promise.reject(new Error("down")) : step(...parameters);
    const rig = await startRig({
      idp: { accessTokenSeconds: 60 },
      ledger: (memory) => ({
        ...memory,
        claim: fragile(memory.claim.bind(memory)),
        read: fragile(memory.read.bind(memory)),
        acknowledge: fragile(memory.acknowledge.bind(memory)),
        probe: fragile(memory.probe.bind(memory)),
      }),
    });
    const browser = await signedIn(rig);
    isDown = true;
    expect((await browser.fetch("/api/plain/1")).status).toBe(200);
    rig.advance(61_000);
    const answer = await browser.fetch("/api/plain/2");
    expect([answer.status, await codeOf(answer)]).toEqual([503, "ledger_unavailable"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(refreshes(rig)).toBe(0);
    expect(await rig.bff.readiness()).toMatchObject({ isReady: false, reasons: ["ledger_down"] });
    expect((await rig.browser().fetch("/readyz")).status).toBe(503);
    isDown = false;
    await expect.poll(async () => (await browser.fetch("/api/plain/3")).status).toBe(200);
    expect(await rig.bff.readiness()).toMatchObject({
      isReady: true,
      reasons: [],
      activeKey: expect.stringMatching(/^[\da-f]{8}$/u),
    });
    await rig.close();
  });

  it("that reads and doesn't write keeps traffic away, until it does", async () => {
    let isFull = true;
    const rig = await startRig({
      ledger: (memory) => ({
        ...memory,
        // What Redis does without memory, and a replica after a failover.
        probe: () => (isFull ? Promise.reject(new Error("OOM command not allowed")) : memory.probe()),
      }),
    });
    expect(await rig.bff.readiness()).toMatchObject({ isReady: false, reasons: ["ledger_down"] });
    isFull = false;
    expect(await rig.bff.readiness()).toMatchObject({ isReady: true });
    await rig.close();
  });

  it("S-145: a process that drains is unready first, and finishes the refresh that it leads", async () => {
    const rig = await startRig({ idp: { accessTokenSeconds: 60 } });
    const browser = await signedIn(rig);
    rig.advance(61_000);
    await rig.control.addFault({ kind: "hold", endpoint: "token", when: "after" });
    const call = browser.fetch("/api/plain/1");
    expect(await rig.control.waitUntilHeld()).toBe(true);
    const drained = rig.bff.drain();
    expect(await rig.bff.readiness()).toMatchObject({ isReady: false, reasons: ["draining"] });
    await rig.control.release();
    await drained;
    expect((await call).status).toBe(200);
    expect(rig.idp.counters()).toMatchObject({ refreshes: 1, reuseDetected: 0 });
    await rig.close();
  });
});

describe("a stale cookie", () => {
  it("is refused with its own code, kept, and never sent to the provider", async () => {
    const rig = await startRig({
      idp: { accessTokenSeconds: 60 },
      config: { refresh: { staleCookieSeconds: 60 } },
    });
    const browser = await signedIn(rig);
    const old = browser.copy();
    rig.advance(61_000);
    await browser.fetch("/api/plain/1");
    // Shown again later, the new generation is settled; the old one is helped for 60 s more, and then no longer.
    rig.advance(130_000);
    await browser.fetch("/api/plain/2");
    rig.advance(130_000);
    await browser.fetch("/api/plain/3");
    rig.advance(130_000);
    await browser.fetch("/api/plain/4");
    const before = refreshes(rig);
    const answer = await old.fetch("/api/plain/5");
    expect([answer.status, await codeOf(answer)]).toEqual([401, "stale_cookie"]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(refreshes(rig)).toBe(before);
    expect(rig.idp.counters().reuseDetected).toBe(0);
    expect(rig.log.some(({ event }) => event === "stale_cookie")).toBe(true);
    expect((await browser.fetch("/api/plain/6")).status).toBe(200);
    await rig.close();
  });

  it("ends the session where configuration says so", async () => {
    const refresh = { staleCookieSeconds: 60, onStaleCookie: "end" } as const;
    const rig = await startRig({ idp: { accessTokenSeconds: 60 }, config: { refresh } });
    const browser = await signedIn(rig);
    const old = browser.copy();
    await moveOn(rig, browser);
    const answer = await old.fetch("/api/plain/5");
    expect([answer.status, await codeOf(answer)]).toEqual([401, "stale_cookie"]);
    expect(answer.headers.getSetCookie().every((line) => line.includes("Max-Age=0"))).toBe(true);
    expect(await codeOf(await browser.fetch("/api/plain/6"))).toBe("no_session");
    await rig.close();
  });

  it("S-089: ends no session, and removes no cookie, while the ledger can't be told that it ended", async () => {
    const refresh = { staleCookieSeconds: 60, onStaleCookie: "end" } as const;
    let isDown = false;
    const rig = await startRig({
      idp: { accessTokenSeconds: 60 },
      config: { refresh },
      ledger: (ledger) => ({
        ...ledger,
        end: (at, request) => (isDown ? Promise.reject(new Error("down")) : ledger.end(at, request)),
      }),
    });
    const browser = await signedIn(rig);
    const old = browser.copy();
    await moveOn(rig, browser);
    isDown = true;
    const answer = await old.fetch("/api/plain/5");
    expect([answer.status, await codeOf(answer)]).toEqual([401, "stale_cookie"]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await browser.fetch("/api/plain/6")).status).toBe(200);
    await rig.close();
  });
});
