import { ABSENT, idTokenClaim, onlyOnRefresh, tokenResponseMember, userinfoClaim } from "@coatcheck/testkit";
import { describe, expect, it } from "vitest";
import type { Browser } from "../fixtures/browser.ts";
import { createEvilWorld } from "../fixtures/evil-world.ts";

const MINUTE_MS = 60_000;

async function viewOf(browser: Browser): Promise<Record<string, unknown>> {
  return (await (await browser.fetch("/bff/session")).json()) as Record<string, unknown>;
}

describe("S-063: a provider's limit on its refresh tokens' life", () => {
  /** A provider whose limit moves with each refresh, as Keycloak's does. */
  async function signedIn(seconds: number) {
    const world = await createEvilWorld();
    world.idp.lie(tokenResponseMember("refresh_expires_in", seconds));
    await world.signIn();
    return world;
  }

  it("is the end of the session's deadlines, as the page sees them", async () => {
    const { browser, clock } = await signedIn(1_200);
    const limit = clock.nowMs() + 1_200_000;
    expect(await viewOf(browser)).toMatchObject({
      state: "active",
      idleDeadline: limit,
      absoluteDeadline: limit,
    });
  });

  it("leaves deadlines alone that come earlier", async () => {
    const { browser, clock } = await signedIn(86_400);
    expect(await viewOf(browser)).toMatchObject({
      idleDeadline: clock.nowMs() + 1_800_000,
      absoluteDeadline: clock.nowMs() + 43_200_000,
    });
  });

  it.each([
    ["the page asks who is signed in", "/bff/session", "GET"],
    ["the page says that the person is there", "/bff/activity", "POST"],
  ])("ends the session with a word for it when it has passed: %s", async (_what, path, method) => {
    const { browser, clock, idp, log, sessions } = await signedIn(1_200);
    await clock.advance(1_200_000);
    const answer = await browser.fetch(path, { method });
    expect(await answer.json()).toMatchObject({ state: "anonymous", reason: "grant_ended" });
    expect(sessions()).toEqual([]);
    expect(idp.requestsTo("token")).toHaveLength(1);
    expect(log.find(({ event }) => event === "refresh")).toMatchObject({ reason: "refresh_token_expired" });
    expect(await viewOf(browser)).toMatchObject({ state: "anonymous" });
  });

  it.each([
    ["/api/x/a", "GET"],
    ["/bff/userinfo", "GET"],
    ["/bff/refresh", "POST"],
    ["/bff/validate", "POST"],
  ])("lets nothing through that comes later: %s", async (path, method) => {
    const { browser, clock, idp, internet } = await signedIn(1_200);
    const stale = browser.copy();
    await clock.advance(1_200_000);
    for (const shown of [browser, stale]) {
      const answer = await shown.fetch(path, { method, ...(method === "POST" ? { body: "{}" } : {}) });
      expect([answer.status, await answer.json()]).toMatchObject([
        401,
        { code: "no_session", reason: "grant_ended" },
      ]);
    }
    expect(internet.requestsTo("api.example")).toEqual([]);
    expect(idp.requestsTo("token")).toHaveLength(1);
  });

  it("moves with each refresh: a session in use lives on, to our own absolute deadline", async () => {
    const { browser, clock, idp } = await signedIn(1_200);
    for (let minutes = 0; minutes < 720; minutes += 15) {
      expect((await browser.fetch("/api/x/a")).status).toBe(200);
      expect(await viewOf(browser)).toMatchObject({ state: "active" });
      await clock.advance(15 * MINUTE_MS);
    }
    expect(idp.requestsTo("token").length).toBeGreaterThan(40);
    expect(await viewOf(browser)).toMatchObject({ state: "anonymous", reason: "absolute_timeout" });
  });

  it("doesn't end a session in use whose access tokens live longer than it", async () => {
    const world = await signedIn(60);
    const { browser, clock } = world;
    for (let seconds = 0; seconds < 600; seconds += 50) {
      await clock.advance(50_000);
      expect((await browser.fetch("/api/x/a")).status).toBe(200);
    }
    expect(await viewOf(browser)).toMatchObject({ state: "active" });
  });

  it("of a stale cookie is the newest grant's, at another instance, too", async () => {
    const world = await signedIn(1_200);
    const { browser, clock, ledger } = world;
    const other = world.instance(ledger);
    await clock.advance(15 * MINUTE_MS);
    expect((await browser.fetch("/api/x/a")).status).toBe(200);
    const limit = clock.nowMs() + 1_200_000;
    await clock.advance(10 * MINUTE_MS);
    expect(await viewOf(other.browser)).toMatchObject({ state: "active", absoluteDeadline: limit });
    expect((await other.browser.fetch("/api/x/a")).status).toBe(200);
    expect(await viewOf(other.browser)).toMatchObject({ state: "active", generation: 2 });
  });

  it.each([
    ["0, as of Keycloak's offline tokens", 0],
    ["no number", "soon"],
    ["null", null],
    ["missing", ABSENT],
  ])("isn't there where it is %s", async (_what, value) => {
    const world = await createEvilWorld();
    const { browser, clock, idp } = world;
    idp.lie(tokenResponseMember("refresh_expires_in", value));
    await world.signIn();
    const deadlines = {
      idleDeadline: clock.nowMs() + 1_800_000,
      absoluteDeadline: clock.nowMs() + 43_200_000,
    };
    expect(await viewOf(browser)).toMatchObject({ state: "active", ...deadlines });
    await clock.advance(20 * MINUTE_MS);
    expect((await browser.fetch("/api/x/a")).status).toBe(200);
  });

  it("goes when a refresh says that there is none any more", async () => {
    const world = await createEvilWorld();
    const { browser, clock, idp } = world;
    idp.lie(tokenResponseMember("refresh_expires_in", 600));
    await world.signIn();
    idp.lie(onlyOnRefresh(tokenResponseMember("refresh_expires_in", 0)));
    await clock.advance(9 * MINUTE_MS);
    await browser.fetch("/api/x/a");
    await clock.advance(9 * MINUTE_MS);
    expect(await viewOf(browser)).toMatchObject({ state: "active" });
  });
});

describe("S-063: an ID token's session_expiry", () => {
  it("is the session's absolute deadline, shown and enforced, refreshes or not", async () => {
    const world = await createEvilWorld();
    const { browser, clock, idp, sessions } = world;
    const deadline = clock.nowMs() + 40 * MINUTE_MS;
    idp.lie(idTokenClaim("session_expiry", deadline / 1_000));
    await world.signIn();
    for (let minutes = 0; minutes < 40; minutes += 20) {
      expect((await browser.fetch("/api/x/a")).status).toBe(200);
      expect(await viewOf(browser)).toMatchObject({
        state: "active",
        absoluteDeadline: deadline,
        idleDeadline: Math.min(deadline, clock.nowMs() + 30 * MINUTE_MS),
      });
      await clock.advance(20 * MINUTE_MS);
    }
    expect(await viewOf(browser)).toMatchObject({ state: "anonymous", reason: "absolute_timeout" });
    expect(sessions()).toEqual([]);
  });

  it("never lengthens a session", async () => {
    const world = await createEvilWorld();
    const { browser, clock, idp } = world;
    idp.lie(idTokenClaim("session_expiry", clock.nowMs() / 1_000 + 864_000));
    await world.signIn();
    expect(await viewOf(browser)).toMatchObject({ absoluteDeadline: clock.nowMs() + 43_200_000 });
  });

  it.each(["tomorrow", "1790000000", null, true, [1], {}, -1, 1e300])(
    "is left out where it is %j",
    async (value) => {
      const world = await createEvilWorld();
      const { browser, clock, idp } = world;
      idp.lie(idTokenClaim("session_expiry", value));
      await world.signIn();
      expect(await viewOf(browser)).toMatchObject({
        state: "active",
        absoluteDeadline: clock.nowMs() + 43_200_000,
      });
    },
  );

  it("counts from the ID token alone", async () => {
    const world = await createEvilWorld();
    const { browser, clock, idp } = world;
    idp.lie(idTokenClaim("name", ABSENT), userinfoClaim("session_expiry", clock.nowMs() / 1_000 + 60));
    await world.signIn();
    expect(await viewOf(browser)).toMatchObject({ absoluteDeadline: clock.nowMs() + 43_200_000 });
  });

  it.each([0, -1, -3_600])(
    "that has passed (%d s ago) is a sign-in that is refused, and no loop",
    async (seconds) => {
      const { clock, idp, log, sessions, signIn } = await createEvilWorld();
      idp.lie(idTokenClaim("session_expiry", clock.nowMs() / 1_000 + seconds));
      expect((await signIn()).headers.get("location")).toBe("/?signin=failed");
      expect(sessions()).toEqual([]);
      expect(log).toContainEqual(
        expect.objectContaining({ event: "sign_in_failed", reason: "session_expired" }),
      );
    },
  );
});
