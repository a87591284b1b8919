import { describe, expect, it } from "vitest";
import { createGithubWorld } from "../fixtures/github-world.ts";
import { parseBffConfig } from "./config/parse-bff-config.ts";

const EIGHT_HOURS_MS = 28_800_000;
const WHOLE_YEAR = { idleTimeoutSeconds: 31_536_000, absoluteTimeoutSeconds: 31_536_000 };

function refreshes(requests: readonly { readonly form: URLSearchParams }[]): number {
  return requests.filter(({ form }) => form.get("grant_type") === "refresh_token").length;
}

describe("sign-in by plain OAuth, at a stand-in of GitHub", () => {
  it("shows the person to the page, and no token to the browser", async () => {
    const { browser, signIn, seen, github } = createGithubWorld();
    expect((await signIn()).status).toBe(303);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({
      state: "active",
      user: { sub: "583231", name: "Ada of the simulation", email: "ada@github.example" },
    });
    expect(await (await browser.fetch("/bff/userinfo")).json()).toMatchObject({ sub: "583231" });
    const shown = JSON.stringify(seen.responses);
    const tokens = github.issuedSecrets().filter((secret) => /^(?:gh|code)/u.test(secret));
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokens.filter((token) => !token.startsWith("code") && shown.includes(token))).toEqual([]);
  });

  it("20 calls at once on an expired token, at two processes, cost one refresh and lose nothing, ten times", async () => {
    const world = createGithubWorld({ session: WHOLE_YEAR });
    const { browser, clock, github, signIn, another } = world;
    await signIn();
    for (const round of Array.from({ length: 10 }, (_, index) => index + 1)) {
      await clock.advance(EIGHT_HOURS_MS);
      const other = another();
      const calls = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? browser : other).fetch("/api/notes/1"),
      );
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      expect([round, new Set(statuses)]).toEqual([round, new Set([200])]);
      expect(refreshes(github.requestsTo("/access_token"))).toBe(round);
    }
    expect(github.reuseCount()).toBe(0);
  });

  it("an old cookie, whose refresh token is spent, is helped to what came after it", async () => {
    const { browser, clock, github, signIn, another } = createGithubWorld({ session: WHOLE_YEAR });
    await signIn();
    const old = another();
    await clock.advance(EIGHT_HOURS_MS);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    await clock.advance(60_000);
    expect((await old.fetch("/api/notes/1")).status).toBe(200);
    expect([refreshes(github.requestsTo("/access_token")), github.reuseCount()]).toEqual([1, 0]);
  });

  it("a provider that can't be reached costs no session", async () => {
    const { browser, clock, internet, signIn } = createGithubWorld({ session: WHOLE_YEAR });
    await signIn();
    await clock.advance(EIGHT_HOURS_MS);
    internet.fault("github.com", { kind: "refused" });
    expect((await browser.fetch("/api/notes/1")).status).toBe(503);
    internet.heal("github.com");
    await clock.advance(60_000);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
  });

  it("S-063 the session's latest end is that of the refresh token, and moves with each refresh", async () => {
    const { browser, clock, signIn } = createGithubWorld({ session: WHOLE_YEAR });
    await signIn();
    const deadline = async () =>
      ((await (await browser.fetch("/bff/session")).json()) as { absoluteDeadline: number }).absoluteDeadline;
    expect(await deadline()).toBe(clock.nowMs() + 15_897_600_000);
    await clock.advance(EIGHT_HOURS_MS);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    expect(await deadline()).toBe(clock.nowMs() + 15_897_600_000);
  });

  it("access that the person took back at GitHub ends the session with the next refresh, though it is refused with 200", async () => {
    const { browser, clock, github, signIn } = createGithubWorld({ session: WHOLE_YEAR });
    await signIn();
    github.removeAccess();
    await clock.advance(EIGHT_HOURS_MS);
    expect((await browser.fetch("/api/notes/1")).status).toBe(401);
    expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "anonymous" });
  });

  it.each(["app", "oauth-app"] as const)(
    "S-095 signing out leaves no token of a GitHub %s that works",
    async (kind) => {
      const { bff, browser, clock, github, signIn } = createGithubWorld({
        github: { kind },
        session: WHOLE_YEAR,
      });
      await signIn();
      await clock.advance(EIGHT_HOURS_MS * 2);
      expect((await browser.fetch("/bff/logout", { method: "POST", body: "{}" })).status).toBe(200);
      await bff.drain();
      expect(github.liveTokens()).toEqual([]);
    },
  );

  it.each(["app", "oauth-app"] as const)(
    "S-095 whoever signs in over somebody else's session leaves no token of theirs (GitHub %s)",
    async (kind) => {
      const { bff, browser, github, signIn } = createGithubWorld({ github: { kind } });
      await signIn("ada");
      await signIn("ines");
      await bff.drain();
      expect(github.liveTokens().map(({ login }) => login)).toEqual(["ines"]);
      expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ user: { sub: "583232" } });
    },
  );

  it("a token that never expires needs no refresh, and no warning that there is none", async () => {
    const { browser, clock, github, log, signIn } = createGithubWorld({
      github: { kind: "oauth-app" },
      session: WHOLE_YEAR,
    });
    await signIn();
    for (const _month of [1, 2, 3]) {
      await clock.advance(30 * 86_400_000);
      expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    }
    expect(refreshes(github.requestsTo("/access_token"))).toBe(0);
    expect(log.map(({ event }) => event)).not.toContain("no_refresh_token");
  });

  it("validates by asking GitHub", async () => {
    const { browser, signIn } = createGithubWorld();
    await signIn();
    const answer = await browser.fetch("/bff/validate", { method: "POST", body: "{}" });
    expect(await answer.json()).toMatchObject({ active: true, method: "tokeninfo" });
  });
});

it("refuses a route that wants a recent sign-in where nobody says when that was", () => {
  const parsed = parseBffConfig({
    publicOrigin: "https://app.example",
    cookieKeys: ["k".repeat(43)],
    provider: { preset: "github", clientId: "a", clientSecret: "0123456789abcdef" },
    routes: [{ prefix: "/api/a", upstream: "https://a.example", maxAgeSeconds: 60 }],
  });
  expect(parsed.kind === "invalid" && parsed.problems.map(({ path }) => path)).toContain(
    "routes[0].maxAgeSeconds",
  );
});
