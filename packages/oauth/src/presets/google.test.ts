import { createFakeClock, createGoogleStandIn, createSimulatedInternet } from "@coatcheck/testkit";
import type { GoogleStandIn } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { LoginOutcome } from "../sign-in/finish-login.ts";
import type { OAuthEvent } from "../oauth-event.ts";
import { USUAL_SETTINGS } from "../simulated-sign-in.fixture.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { createProvider } from "../provider.ts";
import type { Provider } from "../provider.ts";

const CONFIG = {
  preset: "google",
  clientId: "1234.apps.googleusercontent.com",
  clientSecret: "GOCSPX-simulated",
  scope: "openid profile email",
  ...USUAL_SETTINGS,
} as const satisfies ProviderConfig;

interface Google {
  readonly google: GoogleStandIn;
  readonly provider: Provider;
  readonly events: readonly OAuthEvent[];
  readonly advance: (ms: number) => Promise<void>;
  readonly signIn: (change?: (url: URL) => void) => Promise<LoginOutcome>;
}

async function simulateGoogle(): Promise<Google> {
  const clock = createFakeClock();
  const internet = createSimulatedInternet();
  const { clientId, clientSecret } = CONFIG;
  const google = await createGoogleStandIn({ clientId, clientSecret, nowMs: clock.nowMs });
  google.connectTo(internet);
  const events: OAuthEvent[] = [];
  const log = (event: OAuthEvent): void => void events.push(event);
  const provider = createProvider(CONFIG, { fetch: internet.fetch, nowMs: clock.nowMs, log });
  return {
    google,
    provider,
    events,
    advance: clock.advance,
    async signIn(change = () => undefined) {
      const { url, transaction } = await provider.beginLogin();
      const changed = new URL(url);
      change(changed);
      return provider.finishLogin(await google.signIn(changed.href), transaction);
    },
  };
}

test("is at home at accounts.google.com, with the secret by post", async () => {
  const { provider, signIn, google } = await simulateGoogle();
  expect(provider.issuer).toBe("https://accounts.google.com");
  expect(await signIn()).toMatchObject({ kind: "signed_in" });
  const token = google.requests.find(({ url }) => url.pathname === "/token");
  expect(token?.headers.has("authorization")).toBe(false);
  expect(token?.form.get("client_secret")).toBe(CONFIG.clientSecret);
});

test("is given a refresh token, since it asks for offline access and consent", async () => {
  const { signIn } = await simulateGoogle();
  expect(await signIn()).toMatchObject({ kind: "signed_in", tokens: { refreshToken: expect.any(String) } });
});

test.each(["access_type", "prompt"])("without %s it is given none", async (name) => {
  const { signIn, provider } = await simulateGoogle();
  const outcome = await signIn((url) => url.searchParams.delete(name));
  expect(outcome).toMatchObject({ kind: "signed_in" });
  expect(outcome).not.toHaveProperty("tokens.refreshToken");
  expect(provider.refreshBehaviour.missingRefreshTokenAdvice).toContain("access_type=offline");
});

test.each([
  ["login", "select_account consent"],
  ["select_account", "select_account consent"],
  ["consent", "consent"],
  ["none", "none"],
] as const)("asks with prompt %s as %s", async (prompt, sent) => {
  const { provider } = await simulateGoogle();
  const { url } = await provider.beginLogin({ prompt });
  expect(new URL(url).searchParams.get("prompt")).toBe(sent);
});

test("refreshes with a token that stays the same, until access is removed", async () => {
  const { signIn, provider, google } = await simulateGoogle();
  const outcome = await signIn();
  if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
  const { iss, sub } = outcome.claims;
  const request = { refreshToken: outcome.tokens.refreshToken ?? "", resource: "", iss, sub };
  for (const round of [1, 2, 3]) {
    const refreshed = await provider.refreshGrant(request);
    expect([round, refreshed]).toMatchObject([round, { kind: "success" }]);
    expect(refreshed).not.toHaveProperty("tokens.refreshToken");
  }
  google.removeAccess();
  expect(await provider.refreshGrant(request)).toEqual({
    kind: "terminal",
    reason: "invalid_grant",
    status: 400,
  });
});

test("validates by tokeninfo, with the token in the body and not in the URL", async () => {
  const { signIn, provider, google, advance } = await simulateGoogle();
  const outcome = await signIn();
  if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
  const { accessToken, expiresAt } = outcome.tokens;
  expect(await provider.validate({ accessToken, resource: "" })).toEqual({
    kind: "facts",
    facts: {
      active: true,
      method: "tokeninfo",
      scopes: ["openid", "profile", "email"],
      audience: [CONFIG.clientId],
      expiresAt,
    },
  });
  const asked = google.requests.find(({ url }) => url.pathname === "/tokeninfo");
  expect([asked?.method, asked?.url.search, asked?.form.get("access_token")]).toEqual([
    "POST",
    "",
    accessToken,
  ]);
  expect(asked?.form.has("client_secret")).toBe(false);
  await advance(3_600_000);
  expect(await provider.validate({ accessToken, resource: "" })).toMatchObject({ facts: { active: false } });
});

test("a token that was issued to another client isn't active", async () => {
  const { provider } = await simulateGoogle();
  const foreign = createProvider(CONFIG, {
    fetch: async () => Response.json({ aud: "other", azp: "other", scope: "a", exp: "9999999999" }),
    nowMs: () => 0,
  });
  expect(await foreign.validate({ accessToken: "a", resource: "" })).toMatchObject({
    facts: { active: false },
  });
  expect(provider.clientId).toBe(CONFIG.clientId);
});

test("asks for the profile and revokes", async () => {
  const { signIn, provider } = await simulateGoogle();
  const outcome = await signIn();
  if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
  const { accessToken, refreshToken = "" } = outcome.tokens;
  const { sub } = outcome.claims;
  expect(await provider.userinfo({ accessToken, sub })).toMatchObject({ kind: "profile", profile: { sub } });
  expect(await provider.revoke(refreshToken)).toEqual({ kind: "revoked" });
  expect(await provider.revoke(refreshToken)).toEqual({ kind: "revoked" });
  expect(await provider.userinfo({ accessToken, sub })).toEqual({ kind: "token_refused" });
  expect(await provider.endSessionUrl({ state: "s" })).toBe(undefined);
});

test.each([
  ["scope", { scope: "openid offline_access" }],
  ["resources", { resources: ["https://api.example/"] }],
])("refuses a %s that Google doesn't know", (setting, change) => {
  const ports = { fetch: () => Promise.reject(new Error("contacted")), nowMs: () => 0 };
  expect(() => createProvider({ ...CONFIG, ...change }, ports)).toThrow(
    expect.objectContaining({
      code: "config_invalid",
      problems: [expect.objectContaining({ field: setting })],
    }),
  );
});
