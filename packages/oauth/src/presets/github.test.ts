import { createFakeClock, createGithubStandIn, createSimulatedInternet } from "@coatcheck/testkit";
import type { FakeClock, GithubStandIn, GithubStandInOptions, SimulatedInternet } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { OAuthEvent } from "../oauth-event.ts";
import { createProvider } from "../provider.ts";
import type { Provider } from "../provider.ts";
import { diagnoseProvider } from "../setup/diagnose-provider.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import type { LoginOutcome } from "../sign-in/finish-login.ts";
import { USUAL_CLIENT } from "../simulated-sign-in.fixture.ts";
import { signedInAs } from "./signed-in.fixture.ts";

const CONFIG = {
  preset: "github",
  clientId: "Iv1.simulated",
  clientSecret: "0123456789abcdef0123456789abcdef01234567",
  ...USUAL_CLIENT,
} as const satisfies ProviderConfig;
const ISSUER = "https://github.com/login/oauth";
const EIGHT_HOURS_MS = 28_800_000;
const SIX_MONTHS_MS = 15_897_600_000;

interface Github {
  readonly github: GithubStandIn;
  readonly provider: Provider;
  readonly events: readonly OAuthEvent[];
  readonly clock: FakeClock;
  readonly internet: SimulatedInternet;
  readonly signIn: (login?: "ada" | "ines") => Promise<LoginOutcome>;
}

function simulateGithub(
  options: Partial<GithubStandInOptions> = {},
  config: Partial<ProviderConfig> = {},
): Github {
  const clock = createFakeClock();
  const internet = createSimulatedInternet();
  const { clientId, clientSecret } = CONFIG;
  const github = createGithubStandIn({ clientId, clientSecret, nowMs: clock.nowMs, ...options });
  github.connectTo(internet);
  const events: OAuthEvent[] = [];
  const provider = createProvider(
    { ...CONFIG, ...config },
    { fetch: internet.fetch, nowMs: clock.nowMs, log: (event) => void events.push(event) },
  );
  return {
    github,
    provider,
    events,
    clock,
    internet,
    async signIn(login) {
      const { url, transaction } = await provider.beginLogin();
      return provider.finishLogin(await github.signIn(url, login), transaction);
    },
  };
}

test("a sign-in knows the person by GitHub's number, with name, picture and primary address", async () => {
  const { signIn, clock } = simulateGithub();
  const { claims, tokens } = signedInAs(await signIn());
  expect(claims).toEqual({
    iss: ISSUER,
    sub: "583231",
    iat: Math.floor(clock.nowMs() / 1_000),
    name: "Ada of the simulation",
    preferred_username: "ada",
    email: "ada@github.example",
    email_verified: true,
    picture: "https://avatars.example/u/583231",
    profile: "https://github.com/ada",
  });
  expect(tokens).toMatchObject({
    expiresAt: clock.nowMs() + EIGHT_HOURS_MS,
    refreshExpiresAt: clock.nowMs() + SIX_MONTHS_MS,
  });
});

test("whoever has no name there is called by the login", async () => {
  const { signIn } = simulateGithub();
  expect(signedInAs(await signIn("ines")).claims).toMatchObject({ sub: "583232", name: "ines" });
});

test("the sign-in goes to GitHub with PKCE and state, and without what only OpenID Connect knows", async () => {
  const { provider } = simulateGithub();
  const { url } = await provider.beginLogin({ prompt: "login" });
  const { origin, pathname, searchParams } = new URL(url);
  expect(origin + pathname).toBe("https://github.com/login/oauth/authorize");
  expect([...searchParams.keys()].toSorted()).toEqual([
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
  ]);
  expect([searchParams.get("prompt"), searchParams.get("scope")]).toEqual([
    "select_account",
    "read:user user:email",
  ]);
});

test("a code of another sign-in isn't taken, since its verifier is another", async () => {
  const { provider, github } = simulateGithub();
  const mine = await provider.beginLogin();
  const theirs = await provider.beginLogin();
  const stolen = new URLSearchParams(await github.signIn(theirs.url));
  stolen.set("state", mine.transaction.state);
  expect(await provider.finishLogin(stolen.toString(), mine.transaction)).toMatchObject({
    kind: "refused",
    reason: "code_refused",
    status: 200,
  });
});

test.each([
  [ISSUER, "signed_in"],
  ["https://evil.example", "refused"],
])("where GitHub says who it is, iss %s is %s", async (iss, kind) => {
  const { signIn } = simulateGithub({ iss });
  expect(await signIn()).toMatchObject({ kind });
});

test("a refresh gives both tokens anew; the spent one is a terminal refusal, though its status is 200", async () => {
  const { signIn, provider, github, clock } = simulateGithub();
  const { tokens, claims } = signedInAs(await signIn());
  const request = { refreshToken: tokens.refreshToken ?? "", resource: "", iss: claims.iss, sub: claims.sub };
  await clock.advance(EIGHT_HOURS_MS);
  const refreshed = await provider.refreshGrant(request);
  expect(refreshed).toMatchObject({
    kind: "success",
    tokens: { refreshExpiresAt: clock.nowMs() + SIX_MONTHS_MS },
  });
  expect(refreshed).not.toHaveProperty("tokens.refreshToken", request.refreshToken);
  expect(await provider.refreshGrant(request)).toEqual({ kind: "terminal", reason: "preset", status: 200 });
  expect(github.reuseCount()).toBe(1);
});

test("wrong credentials are our trouble and nobody's end, though the status is 200", async () => {
  const { provider, events } = simulateGithub({ clientSecret: "another-secret-of-this-client" });
  const request = { refreshToken: "ghr_x", resource: "", iss: ISSUER, sub: "1" };
  expect(await provider.refreshGrant(request)).toMatchObject({ kind: "client", status: 200 });
  expect(events).toContainEqual(expect.objectContaining({ event: "client_refused" }));
});

test("nothing is refreshed ahead of need, since a refresh ends the access token in use", () => {
  expect(simulateGithub().provider.refreshBehaviour.refreshRevokesAccessToken).toBe(true);
});

test("an OAuth app's token doesn't expire, and its scopes are read though commas part them", async () => {
  const { signIn, clock, events } = simulateGithub({ kind: "oauth-app" });
  const { tokens } = signedInAs(await signIn());
  expect(tokens).not.toHaveProperty("refreshToken");
  expect(tokens.scope).toBe("read:user user:email");
  expect(tokens.expiresAt - clock.nowMs()).toBeGreaterThan(365 * 86_400_000);
  expect(events).not.toContainEqual(expect.objectContaining({ event: "scope_reduced" }));
});

test("without the scope for addresses a sign-in has none, and the log says so", async () => {
  const { signIn, events } = simulateGithub({ kind: "oauth-app" }, { scope: "read:user" });
  expect(signedInAs(await signIn()).claims).not.toHaveProperty("email");
  expect(events).toContainEqual({ event: "emails_left_out", issuer: ISSUER, reason: "status_404" });
});

test("S-095 sign-out deletes the access token that the refresh token gives, whether or not the last one has expired", async () => {
  const { signIn, provider, github, clock } = simulateGithub();
  const { tokens } = signedInAs(await signIn());
  await clock.advance(EIGHT_HOURS_MS * 2);
  expect(await provider.revoke(tokens.refreshToken ?? "")).toEqual({ kind: "revoked" });
  expect(github.liveTokens()).toEqual([]);
  const request = github.requests.find(({ method }) => method === "DELETE");
  expect(request?.url.href).toBe(`https://api.github.com/applications/${CONFIG.clientId}/token`);
  expect(request?.headers.get("authorization")).toBe(
    `Basic ${btoa(`${CONFIG.clientId}:${CONFIG.clientSecret}`)}`,
  );
});

test("S-095 a revocation that fails once the refresh token is spent is tried again with what it gave", async () => {
  const { signIn, provider, github, internet } = simulateGithub();
  const { tokens } = signedInAs(await signIn());
  internet.fault("api.github.com", { kind: "refused" });
  expect(await provider.revoke(tokens.refreshToken ?? "")).toEqual({
    kind: "unavailable",
    reason: "connection_refused",
  });
  internet.heal("api.github.com");
  expect(await provider.revoke(tokens.refreshToken ?? "")).toEqual({ kind: "revoked" });
  expect([github.liveTokens(), github.reuseCount()]).toEqual([[], 0]);
});

test("S-095 an OAuth app's token is deleted itself; configured so, with all of the person's", async () => {
  const { signIn, provider, github } = simulateGithub({ kind: "oauth-app" });
  expect(provider.revokesAccessTokens).toBe(true);
  const [first, second] = [signedInAs(await signIn()), signedInAs(await signIn())];
  expect(await provider.revoke(first.tokens.accessToken, "access_token")).toEqual({ kind: "revoked" });
  expect(github.liveTokens().map(({ accessToken }) => accessToken)).toEqual([second.tokens.accessToken]);

  const revocation = `https://api.github.com/applications/${CONFIG.clientId}/grant`;
  const whole = simulateGithub({ kind: "oauth-app" }, { endpoints: { revocation } });
  const { tokens } = signedInAs(await whole.signIn());
  await whole.signIn();
  expect(await whole.provider.revoke(tokens.accessToken, "access_token")).toEqual({ kind: "revoked" });
  expect(whole.github.liveTokens()).toEqual([]);
});

test("validates by asking GitHub about the token", async () => {
  const { signIn, provider, clock, github } = simulateGithub();
  const { tokens } = signedInAs(await signIn());
  const { accessToken } = tokens;
  expect(await provider.validate({ accessToken, resource: "" })).toEqual({
    kind: "facts",
    facts: {
      active: true,
      method: "tokeninfo",
      scopes: [],
      audience: [CONFIG.clientId],
      expiresAt: clock.nowMs() + EIGHT_HOURS_MS,
    },
  });
  github.removeAccess();
  expect(await provider.validate({ accessToken, resource: "" })).toMatchObject({ facts: { active: false } });
});

test("the profile is asked for with the token, and has nothing that isn't a claim", async () => {
  const { signIn, provider, github } = simulateGithub();
  const { tokens } = signedInAs(await signIn());
  const { accessToken } = tokens;
  const outcome = await provider.userinfo({ accessToken, sub: "583231" });
  expect(outcome).toMatchObject({ kind: "profile", profile: { sub: "583231", email: "ada@github.example" } });
  expect(outcome).not.toHaveProperty("profile.plan");
  expect(await provider.userinfo({ accessToken, sub: "1" })).toEqual({
    kind: "refused",
    reason: "profile_sub_mismatch",
  });
  github.removeAccess();
  expect(await provider.userinfo({ accessToken, sub: "583231" })).toEqual({ kind: "token_refused" });
});

test.each([
  ["https://github.com/login/oauth", "https://api.github.com/user"],
  ["https://octo.ghe.com/login/oauth", "https://api.octo.ghe.com/user"],
  ["https://git.example/login/oauth", "https://git.example/api/v3/user"],
])("signs in at %s and asks %s", async (issuer, profile) => {
  const clock = createFakeClock();
  const internet = createSimulatedInternet();
  const { clientId, clientSecret } = CONFIG;
  const github = createGithubStandIn({ clientId, clientSecret, nowMs: clock.nowMs });
  github.connectTo(internet);
  const asked: string[] = [];
  const provider = createProvider(
    { ...CONFIG, issuer },
    {
      nowMs: clock.nowMs,
      fetch: (url, init) => {
        asked.push(url);
        const { pathname } = new URL(url);
        const isApi = !pathname.startsWith("/login/");
        const path = pathname.replace("/api/v3", "");
        return internet.fetch(`https://${isApi ? "api." : ""}github.com${path}`, init);
      },
    },
  );
  const { url, transaction } = await provider.beginLogin();
  expect(url.startsWith(`${issuer}/authorize?`)).toBe(true);
  expect(await provider.finishLogin(await github.signIn(url), transaction)).toMatchObject({
    kind: "signed_in",
  });
  expect(asked).toContain(profile);
});

test.each([
  ["issuer", { issuer: "https://github.com" }],
  ["resources", { resources: ["https://api.example/"] }],
  ["scope", { scope: "openid user:email" }],
])("refuses a %s that GitHub doesn't know", (setting, change) => {
  const ports = { fetch: () => Promise.reject(new Error("contacted")), nowMs: () => 0 };
  expect(() => createProvider({ ...CONFIG, ...change }, ports)).toThrow(
    expect.objectContaining({
      code: "config_invalid",
      problems: [expect.objectContaining({ field: setting })],
    }),
  );
});

test.each([
  [CONFIG.clientSecret, ["note"]],
  ["another-secret-of-this-client", ["problem", "note"]],
])("the doctor finds, with the secret %s, %j", async (clientSecret, kinds) => {
  const { internet, clock } = simulateGithub();
  const found = await diagnoseProvider(
    { ...CONFIG, clientSecret },
    { fetch: internet.fetch, nowMs: clock.nowMs },
  );
  expect(found.map(({ isNote }) => (isNote === true ? "note" : "problem"))).toEqual(kinds);
});

test("says at start what a sign-in can't check there", () => {
  const { events } = simulateGithub();
  expect(events).toEqual([
    {
      event: "sign_in_unchecked",
      issuer: ISSUER,
      unchecked: ["identity", "audience", "nonce", "issuer", "sign_in_time", "provider_sign_out"],
    },
  ]);
});
