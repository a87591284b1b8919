import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ABSENT, idTokenClaim, onlyOnRefresh } from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import type { Ledger } from "@coatcheck/tokens";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Browser } from "../fixtures/browser.ts";
import { createEvilWorld } from "../fixtures/evil-world.ts";
import type { EvilWorld } from "../fixtures/evil-world.ts";

const LIFE_MS = 300_000;

/** Access tokens that are this large, as many roles make them. */
function largeTokens(bytes: number): readonly Lie[] {
  return [
    idTokenClaim("at_hash", ABSENT),
    {
      name: "large-access-token",
      tokenResponse(body) {
        body["access_token"] = `${String(body["access_token"])}.`.padEnd(
          bytes,
          randomBytes(9).toString("hex"),
        );
      },
    },
  ];
}

function shownBytes({ cookies }: Browser): number {
  return [...cookies.values()].reduce((sum, { name, value }) => sum + name.length + value.length + 3, 0);
}

/** The token that an API got last. */
function lastToken({ internet }: EvilWorld): string {
  return internet.requestsTo("api.example").at(-1)?.headers.get("authorization")?.slice(7) ?? "";
}

function refreshes({ idp }: EvilWorld): number {
  return idp.requestsTo("token").filter(({ body }) => body.includes("grant_type=refresh_token")).length;
}

/** A ledger in a file, and another process's way to it. */
function sqliteFile(): () => Ledger {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-large-"));
  const opened: Ledger[] = [];
  onTestFinished(async () => {
    for (const ledger of opened) await ledger.close();
    rmSync(folder, { recursive: true });
  });
  return () => {
    const ledger = createSqliteLedger({ file: join(folder, "ledger.db") });
    opened.push(ledger);
    return ledger;
  };
}

describe.each([
  ["1 KB", largeTokens(1_024), "cookie"],
  ["2,379 bytes", largeTokens(2_379), "cookie"],
  ["4 KB", largeTokens(4_096), "ledger"],
  ["8 KB", largeTokens(8_192), "ledger"],
  ["16 KB", largeTokens(16_384), "ledger"],
  ["100 KB", largeTokens(102_400), "ledger"],
  [
    "2,379 bytes beside 1 KB of claims, as of 30 roles at Keycloak",
    [...largeTokens(2_379), idTokenClaim("name", "n".repeat(1_024))],
    "ledger",
  ],
] as const)("an access token of %s", (_size, lies, place) => {
  async function signedIn() {
    const world = await createEvilWorld();
    world.idp.lie(...lies);
    const landed = await world.signIn();
    expect([landed.status, landed.headers.get("location")]).toEqual([303, "/"]);
    return world;
  }

  it("costs no sign-in, keeps within the cookies' budget, and warns of nothing", async () => {
    const { browser, log } = await signedIn();
    expect(shownBytes(browser)).toBeLessThanOrEqual(7_500);
    expect(log.find(({ event }) => event === "sign_in")).toMatchObject({ accessTokens: place });
    expect(log.filter(({ level }) => level !== "info")).toEqual([]);
    const view = (await (await browser.fetch("/bff/session")).json()) as Record<string, number>;
    expect(view).toMatchObject({ state: "active", refresh: "possible" });
    expect((view["accessTokenExpiresAt"] ?? 0) - (view["now"] ?? 0)).toBe(LIFE_MS);
  });

  it("reaches the API as it is, is refreshed for 20 calls at once, and for a stale cookie", async () => {
    const world = await signedIn();
    const { browser, clock } = world;
    const stale = browser.copy();
    expect((await browser.fetch("/api/x/a")).status).toBe(200);
    const first = lastToken(world);
    expect(first.length).toBe(lengthOf(lies));
    await clock.advance(LIFE_MS);
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch("/api/x/a")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(refreshes(world)).toBe(1);
    const second = lastToken(world);
    expect(second).not.toBe(first);
    expect(shownBytes(browser)).toBeLessThanOrEqual(7_500);
    for (const shown of [stale, browser]) {
      expect((await shown.fetch("/api/x/a")).status).toBe(200);
      expect(lastToken(world)).toBe(second);
    }
    expect(refreshes(world)).toBe(1);
  });

  it("survives pings without a call, for as long as the person is there", async () => {
    const world = await signedIn();
    const { browser, clock } = world;
    for (let minutes = 0; minutes < 60; minutes += 10) {
      await clock.advance(600_000);
      expect(await (await browser.fetch("/bff/activity", { method: "POST" })).json()).toMatchObject({
        state: "active",
      });
    }
    expect((await browser.fetch("/api/x/a")).status).toBe(200);
  });

  it("costs one refresh at most after a restart that loses the ledger in memory", async () => {
    const world = await signedIn();
    const { browser } = world.instance(world.newLedger());
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.fetch("/api/x/a")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(refreshes(world)).toBe(place === "cookie" ? 0 : 1);
    expect((await browser.fetch("/api/x/a")).status).toBe(200);
    expect(refreshes(world)).toBe(place === "cookie" ? 0 : 1);
  });

  it.each<[what: string, ledgers: (world: EvilWorld) => readonly [Ledger, Ledger]]>([
    ["on the same ledger", ({ ledger }) => [ledger, ledger]],
    [
      "on one file",
      () => {
        const open = sqliteFile();
        return [open(), open()];
      },
    ],
  ])("is used by every instance %s without a refresh, and refreshed by any", async (_what, ledgers) => {
    const world = await createEvilWorld();
    world.idp.lie(...lies);
    const [one, other] = ledgers(world);
    const first = world.instance(one);
    const begun = await first.browser.navigate("/bff/login");
    const query = await world.idp.signIn(begun.headers.get("location") ?? "");
    await first.browser.navigate(`/bff/callback?${query}`, "cross-site");
    for (const [, cookie] of first.browser.cookies) world.browser.cookies.set(cookie.name, cookie);
    const second = world.instance(other);
    const tokens = new Set<string>();
    for (const { browser } of [first, second]) {
      expect((await browser.fetch("/api/x/a")).status).toBe(200);
      tokens.add(lastToken(world));
    }
    expect([tokens.size, refreshes(world)]).toEqual([1, 0]);
    await world.clock.advance(LIFE_MS);
    for (const { browser } of [second, first, second]) {
      expect((await browser.fetch("/api/x/a")).status).toBe(200);
    }
    expect(refreshes(world)).toBe(1);
  });

  it("is worth nothing after a sign-out, at any instance", async () => {
    const world = await signedIn();
    const { browser } = world;
    const stale = [browser.copy(), world.instance(world.ledger).browser];
    await browser.fetch("/bff/logout", { method: "POST" });
    for (const shown of stale) {
      const answer = await shown.fetch("/api/x/a");
      expect([answer.status, await answer.json()]).toMatchObject([401, { reason: "signed_out" }]);
    }
    expect(world.internet.requestsTo("api.example")).toEqual([]);
  });
});

function lengthOf(lies: readonly Lie[]): number {
  const body: Record<string, unknown> = { access_token: "" };
  for (const lie of lies) lie.tokenResponse?.(body, "");
  return String(body["access_token"]).length;
}

describe("a session that is large otherwise", () => {
  const RESOURCES = Array.from({ length: 12 }, (_, index) => `https://api.example/${index}`);

  it("has tokens of many resources: none is lost, and each is fetched once", async () => {
    const world = await createEvilWorld({
      routes: RESOURCES.map((resource, index) => ({
        prefix: `/api/r${index}`,
        upstream: "https://api.example",
        resource,
      })),
    });
    const { browser, clock, idp } = world;
    idp.lie(idTokenClaim("at_hash", ABSENT), ...largeTokens(1_500));
    await world.signIn();
    for (let round = 0; round < 2; round += 1) {
      for (const index of RESOURCES.keys()) {
        await clock.advance(1_000);
        expect((await browser.fetch(`/api/r${index}/a`)).status).toBe(200);
        expect(shownBytes(browser)).toBeLessThanOrEqual(7_500);
      }
      expect(refreshes(world)).toBe(RESOURCES.length);
    }
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({
      state: "active",
      generation: 12,
    });
  });

  it("grows by a refresh, and shrinks again: the cookie follows", async () => {
    const world = await createEvilWorld();
    const { browser, clock, idp } = world;
    await world.signIn();
    const small = shownBytes(browser);
    idp.lie(...largeTokens(8_192).map(onlyOnRefresh));
    await clock.advance(LIFE_MS);
    await browser.fetch("/api/x/a");
    expect(lastToken(world).length).toBe(8_192);
    expect(shownBytes(browser)).toBeLessThan(small + 500);
    idp.stopLying();
    await clock.advance(LIFE_MS);
    await browser.fetch("/api/x/a");
    expect(lastToken(world).length).toBeLessThan(100);
    const { browser: restarted } = world.instance(world.newLedger());
    expect((await restarted.fetch("/api/x/a")).status).toBe(200);
    expect(refreshes(world)).toBe(2);
  });

  it("has no refresh token: it lives as long as its access token, at every instance on the ledger", async () => {
    const world = await createEvilWorld();
    const { browser, clock, idp, ledger } = world;
    idp.lie(...largeTokens(8_192), {
      name: "no-refresh-token",
      tokenResponse: (body) => void delete body["refresh_token"],
    });
    await world.signIn();
    const other = world.instance(ledger).browser;
    for (const shown of [browser, other]) expect((await shown.fetch("/api/x/a")).status).toBe(200);
    await clock.advance(LIFE_MS);
    const answer = await other.fetch("/api/x/a");
    expect([answer.status, await answer.json()]).toMatchObject([
      401,
      { code: "no_session", reason: "grant_ended" },
    ]);
  });

  it.each([
    ["claims of 10 KB", idTokenClaim("name", "n".repeat(10_240))],
    [
      "a refresh token of 8 KB",
      {
        name: "large-refresh-token",
        tokenResponse: (body) => void (body["refresh_token"] = "r".repeat(8_192)),
      } satisfies Lie,
    ],
  ])(
    "S-067: has %s, which fit nowhere: the sign-in says so, and nothing is left in the ledger",
    async (_what, lie) => {
      const { idp, ledger, log, sessions, signIn } = await createEvilWorld();
      idp.lie(...largeTokens(8_192), lie);
      expect((await signIn()).headers.get("location")).toBe("/?signin=too_large");
      expect(sessions()).toEqual([]);
      // Of the callback's state, which works once.
      expect(await ledger.stats()).toEqual({ records: 1, tombstones: 0 });
      expect(log.find(({ event }) => event === "session_too_large")).toMatchObject({ level: "error" });
    },
  );
});
