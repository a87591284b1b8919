import {
  createFakeClock,
  createProviderStandIn,
  createSimulatedInternet,
  PROVIDER_SHAPES,
  TENANT,
} from "@coatcheck/testkit";
import type { FakeClock, ProviderShape, ProviderShapeName, ProviderStandIn } from "@coatcheck/testkit";
import { exportJWK, generateKeyPair } from "jose";
import { expect, test } from "vitest";
import { OAuthError } from "../oauth-error.ts";
import type { OAuthEvent } from "../oauth-event.ts";
import { createProvider } from "../provider.ts";
import type { Provider } from "../provider.ts";
import { parseProviderConfig } from "../setup/provider-config.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import type { LoginOutcome } from "../sign-in/finish-login.ts";
import type { RefreshGrantRequest } from "../token-endpoint/refresh-grant.ts";
import { USUAL_CLIENT } from "../simulated-sign-in.fixture.ts";
import { signedInAs } from "./signed-in.fixture.ts";

const COMMON = {
  clientId: "client",
  clientSecret: "secret-of-the-client-0123456789",
  ...USUAL_CLIENT,
} as const;

const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const APPLE_KEY = await exportJWK(privateKey);
const APPLE_IDS = { teamId: "TEAM012345", keyId: "KEY0123456" };
const { clientSecret: _made, ...WITHOUT_SECRET } = COMMON;

/** What an operator writes for each: no more than the documents say. */
const CONFIGS: Readonly<Record<ProviderShapeName, ProviderConfig>> = {
  entra: { ...COMMON, preset: "entra", issuer: PROVIDER_SHAPES.entra.issuer },
  "entra-organizations": {
    ...COMMON,
    preset: "entra",
    issuer: PROVIDER_SHAPES["entra-organizations"].issuer,
    allowedTenants: [TENANT],
  },
  auth0: { ...COMMON, preset: "auth0", issuer: PROVIDER_SHAPES.auth0.issuer },
  okta: { ...COMMON, preset: "okta", issuer: PROVIDER_SHAPES.okta.issuer },
  cognito: { ...COMMON, preset: "cognito", issuer: PROVIDER_SHAPES.cognito.issuer },
  keycloak: { ...COMMON, preset: "keycloak", issuer: PROVIDER_SHAPES.keycloak.issuer },
  zitadel: {
    ...COMMON,
    preset: "zitadel",
    issuer: PROVIDER_SHAPES.zitadel.issuer,
    trustedAudiences: ["123456789012345678"],
  },
  authentik: { ...COMMON, preset: "authentik", issuer: PROVIDER_SHAPES.authentik.issuer },
  linkedin: { ...COMMON, preset: "linkedin" },
  apple: { ...WITHOUT_SECRET, preset: "apple", clientKeys: JSON.stringify(APPLE_KEY), apple: APPLE_IDS },
};

interface Simulated {
  readonly standIn: ProviderStandIn;
  readonly provider: Provider;
  readonly clock: FakeClock;
  readonly events: readonly OAuthEvent[];
  readonly signIn: () => Promise<LoginOutcome>;
  readonly signInAndKeep: () => Promise<RefreshGrantRequest>;
}

async function simulate(
  name: ProviderShapeName,
  config: Partial<ProviderConfig> = {},
  shape: Partial<ProviderShape> = {},
): Promise<Simulated> {
  const clock = createFakeClock();
  const internet = createSimulatedInternet();
  const { clientId, clientSecret } = COMMON;
  const { d: _, ...publicKey } = APPLE_KEY;
  const standIn = await createProviderStandIn(
    { ...PROVIDER_SHAPES[name], ...shape },
    { clientId, clientSecret, nowMs: clock.nowMs, signedSecret: { key: publicKey, ...APPLE_IDS } },
  );
  standIn.connectTo(internet);
  const events: OAuthEvent[] = [];
  const provider = createProvider(
    { ...CONFIGS[name], ...config },
    { fetch: internet.fetch, nowMs: clock.nowMs, log: (event) => void events.push(event) },
  );
  async function signIn(): Promise<LoginOutcome> {
    const { url, transaction } = await provider.beginLogin();
    return provider.finishLogin(standIn.signIn(url), transaction);
  }
  return {
    standIn,
    provider,
    clock,
    events,
    signIn,
    async signInAndKeep() {
      const { claims, tokens } = signedInAs(await signIn());
      return { refreshToken: tokens.refreshToken ?? "", resource: "", iss: claims.iss, sub: claims.sub };
    },
  };
}

const NAMES = Object.keys(PROVIDER_SHAPES) as readonly ProviderShapeName[];
const WITH_REFRESH = NAMES.filter((name) => PROVIDER_SHAPES[name].refreshToken !== "never");

test.each(NAMES)(
  "%s: a sign-in succeeds with what the documents tell to write, and nothing is amiss",
  async (name) => {
    const { signIn, events } = await simulate(name);
    const { claims, tokens } = signedInAs(await signIn());
    const shape: ProviderShape = PROVIDER_SHAPES[name];
    expect(claims).toMatchObject({ iss: shape.tokenIssuer ?? shape.issuer, sub: "ada" });
    expect("refreshToken" in tokens).toBe(shape.refreshToken !== "never");
    const amiss = events.filter(
      ({ event }) => !["metadata_fetched", "keys_fetched", "sign_in_unchecked"].includes(event),
    );
    expect(amiss).toEqual([]);
  },
);

test.each(WITH_REFRESH)("%s: ten refreshes in a row, and no token is sent twice", async (name) => {
  const { signInAndKeep, provider, clock } = await simulate(name);
  const request = await signInAndKeep();
  let { refreshToken } = request;
  const rotated = new Set<string>();
  for (let round = 1; round <= 10; round += 1) {
    await clock.advance(3_600_000);
    const outcome = await provider.refreshGrant({ ...request, refreshToken });
    expect([round, outcome]).toMatchObject([round, { kind: "success" }]);
    rotated.add(refreshToken);
    if (outcome.kind === "success") refreshToken = outcome.tokens.refreshToken ?? refreshToken;
  }
  expect(rotated.size).toBe(PROVIDER_SHAPES[name].spentToken === "stays" ? 1 : 10);
});

test.each(["entra", "entra-organizations", "okta"] as const)(
  "%s: within the grace that the preset tells, a spent refresh token works again",
  async (name) => {
    const { signInAndKeep, provider, clock } = await simulate(name);
    const request = await signInAndKeep();
    expect(await provider.refreshGrant(request)).toMatchObject({ kind: "success" });
    await clock.advance(provider.refreshBehaviour.reuseGraceSeconds * 1_000 - 1);
    expect(await provider.refreshGrant(request)).toMatchObject({ kind: "success" });
  },
);

test.each(WITH_REFRESH)("%s: a refresh token that is worth nothing ends the session", async (name) => {
  const { signInAndKeep, provider } = await simulate(name);
  const request = { ...(await signInAndKeep()), refreshToken: "nobody's" };
  expect(await provider.refreshGrant(request)).toMatchObject({ kind: "terminal", reason: "invalid_grant" });
});

test.each(WITH_REFRESH)(
  "S-095 %s: sign-out leaves a dead refresh token, where it can be revoked",
  async (name) => {
    const { signInAndKeep, provider } = await simulate(name);
    const request = await signInAndKeep();
    const isOffered = "revocation" in PROVIDER_SHAPES[name].endpoints;
    expect(await provider.revoke(request.refreshToken)).toEqual({
      kind: isOffered ? "revoked" : "unsupported",
    });
    expect((await provider.refreshGrant(request)).kind).toBe(isOffered ? "terminal" : "success");
  },
);

test.each(NAMES)(
  "%s: without what it takes to be given a refresh token, the advice says what that is",
  async (name) => {
    const { provider } = await simulate(name);
    expect(provider.refreshBehaviour.missingRefreshTokenAdvice.length).toBeGreaterThan(30);
  },
);

test.each(["entra", "auth0", "okta", "cognito", "linkedin", "apple"] as const)(
  "%s: nobody is asked for consent at each sign-in",
  async (name) => {
    const { provider } = await simulate(name);
    expect(new URL((await provider.beginLogin()).url).searchParams.has("prompt")).toBe(false);
  },
);

test("entra-organizations: people of a tenant that isn't listed are refused", async () => {
  const other = "0f3b1f5c-1111-4222-8333-444455556666";
  const iss = `https://login.microsoftonline.com/${other}/v2.0`;
  const { signIn } = await simulate("entra-organizations", {}, { tokenIssuer: iss, claims: { tid: other } });
  expect(await signIn()).toEqual({ kind: "refused", reason: "iss_mismatch" });
});

test.each([
  [`https://login.microsoftonline.com/${TENANT}/v2.0`, "signed_in"],
  ["https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "refused"],
])("entra-organizations: a key of %s alone signs for that tenant alone", async (issuer, kind) => {
  const { signIn } = await simulate("entra-organizations", {}, { keyMembers: { issuer } });
  expect(await signIn()).toMatchObject({ kind });
});

test("entra-organizations: a refresh that names another tenant is somebody else's", async () => {
  const other = "0f3b1f5c-1111-4222-8333-444455556666";
  const { signInAndKeep, provider, standIn } = await simulate("entra-organizations", {
    allowedTenants: [TENANT, other],
  });
  const request = await signInAndKeep();
  standIn.become({ tokenIssuer: `https://login.microsoftonline.com/${other}/v2.0` });
  expect(await provider.refreshGrant(request)).toMatchObject({
    kind: "other_identity",
    reason: "iss_mismatch",
  });
});

test.each([
  ["org_9ybsU1dN2dKfDkBi", undefined, "signed_in"],
  ["acme", { org_id: "org_1", org_name: "acme" }, "signed_in"],
  ["org_other", undefined, "refused"],
  ["acme", { org_id: "org_1" }, "refused"],
  ["acme", {}, "refused"],
])("auth0: asked for organization %s, a token of %j is %s", async (organization, claims, kind) => {
  const { signIn } = await simulate(
    "auth0",
    { authorizationParameters: { organization, audience: "https://api.example" } },
    claims === undefined ? {} : { claims },
  );
  expect(await signIn()).toMatchObject(
    kind === "refused" ? { kind, reason: "organization_mismatch" } : { kind },
  );
});

test("zitadel: a project that isn't trusted as an audience is refused", async () => {
  const { signIn } = await simulate("zitadel", { trustedAudiences: [] });
  expect(await signIn()).toEqual({ kind: "refused", reason: "aud_untrusted" });
});

test("linkedin: says at start that neither nonce nor PKCE ties a code to its sign-in", async () => {
  const { events } = await simulate("linkedin");
  expect(events).toEqual([
    { event: "sign_in_unchecked", issuer: "https://www.linkedin.com/oauth", unchecked: ["nonce", "code"] },
  ]);
});

test("apple: the secret is made anew for each call, and lives for minutes", async () => {
  const { signInAndKeep, provider, standIn, clock } = await simulate("apple");
  const request = await signInAndKeep();
  await clock.advance(3_600_000);
  expect(await provider.refreshGrant(request)).toMatchObject({ kind: "success" });
  const secrets = standIn.requests.flatMap(({ form }) => form.get("client_secret") ?? []);
  expect(secrets).toHaveLength(2);
  for (const secret of secrets) {
    const { iat, exp } = JSON.parse(atob(secret.split(".")[1] ?? "")) as { iat: number; exp: number };
    expect(exp - iat).toBe(60);
  }
});

test("apple: a key that Apple doesn't know is our trouble, and the log says what to compare", async () => {
  const { signIn, events } = await simulate("apple", { apple: { ...APPLE_IDS, keyId: "OTHER01234" } });
  expect(await signIn()).toMatchObject({ kind: "refused", reason: "client_refused" });
  expect(events).toContainEqual({
    event: "client_refused",
    issuer: "https://appleid.apple.com",
    advice: expect.stringContaining("OAUTH_APPLE_KEY_ID"),
  });
});

test.each<[name: ProviderShapeName, field: string, change: Partial<ProviderConfig>]>([
  ["entra", "issuer", { issuer: "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0" }],
  ["entra", "issuer", { issuer: "https://login.microsoftonline.com/consumers/v2.0" }],
  ["entra", "issuer", { issuer: `https://login.microsoftonline.com/${TENANT}` }],
  ["entra", "allowedTenants", { allowedTenants: [TENANT] }],
  ["entra", "resources", { resources: ["https://api.example/"] }],
  ["entra-organizations", "allowedTenants", { allowedTenants: [] }],
  ["entra-organizations", "allowedTenants", { allowedTenants: ["contoso.com"] }],
  ["auth0", "issuer", { issuer: "https://tenant.eu.auth0.com" }],
  ["auth0", "issuer", { issuer: "https://tenant.eu.auth0.com/oauth" }],
  ["okta", "issuer", { issuer: "https://org.okta.com/" }],
  ["okta", "issuer", { issuer: "https://org.okta.com/oauth2/default/v1" }],
  ["cognito", "issuer", { issuer: "https://app.auth.eu-central-1.amazoncognito.com" }],
  ["entra-organizations", "allowedTenants", { preset: "oidc", allowedTenants: [] }],
  ["keycloak", "issuer", { issuer: "https://sso.example" }],
  ["keycloak", "issuer", { issuer: "https://sso.example/realms/main/" }],
  ["zitadel", "issuer", { issuer: "https://instance.zitadel.cloud/" }],
  ["zitadel", "resources", { resources: ["https://api.example/"] }],
  ["authentik", "issuer", { issuer: "https://sso.example/application/o/app" }],
  ["linkedin", "issuer", { issuer: "https://www.linkedin.com" }],
  ["linkedin", "scope", { scope: "openid offline_access" }],
  ["apple", "scope", { scope: "name email" }],
  ["apple", "scope", { scope: "openid" }],
  ["apple", "apple.teamId", { apple: { keyId: APPLE_IDS.keyId } }],
  ["apple", "apple.keyId", { apple: { teamId: APPLE_IDS.teamId, keyId: "AuthKey_KEY0123456.p8" } }],
  ["apple", "clientSecret", { clientSecret: "made-by-hand-and-soon-expired" }],
  ["apple", "prompt", { prompt: "login" }],
  ["keycloak", "allowedTenants", { allowedTenants: [TENANT] }],
  ["okta", "apple", { apple: APPLE_IDS }],
  ["okta", "profileClaims", { profileClaims: { sub: "id" } }],
])("%s: refuses at start a %s that can't be used (%j)", (name, field, change) => {
  expect(problemsOf({ ...CONFIGS[name], ...change })).toContain(field);
});

function problemsOf(config: ProviderConfig): readonly string[] {
  try {
    parseProviderConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return error.problems.map((problem) => problem.field);
  }
}
