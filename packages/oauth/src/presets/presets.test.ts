import { PROVIDER_SHAPES, TENANT } from "@coatcheck/testkit";
import type { ProviderShape, ProviderShapeName } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { OAuthError } from "../oauth-error.ts";
import { parseProviderConfig } from "../setup/provider-config.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { signedInAs } from "./signed-in.fixture.ts";
import { APPLE_IDS, PRESET_CONFIGS, simulatePreset } from "./simulated-preset.fixture.ts";

const NAMES = Object.keys(PROVIDER_SHAPES) as readonly ProviderShapeName[];
const WITH_REFRESH = NAMES.filter((name) => PROVIDER_SHAPES[name].refreshToken !== "never");

test.each(NAMES)(
  "%s: a sign-in succeeds with what the documents tell to write, and nothing is amiss",
  async (name) => {
    const { signIn, events } = await simulatePreset(name);
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
  const { signInAndKeep, provider, clock } = await simulatePreset(name);
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
    const { signInAndKeep, provider, clock } = await simulatePreset(name);
    const request = await signInAndKeep();
    expect(await provider.refreshGrant(request)).toMatchObject({ kind: "success" });
    await clock.advance(provider.refreshBehaviour.reuseGraceSeconds * 1_000 - 1);
    expect(await provider.refreshGrant(request)).toMatchObject({ kind: "success" });
  },
);

test.each(WITH_REFRESH)("%s: a refresh token that is worth nothing ends the session", async (name) => {
  const { signInAndKeep, provider } = await simulatePreset(name);
  const request = { ...(await signInAndKeep()), refreshToken: "nobody's" };
  expect(await provider.refreshGrant(request)).toMatchObject({ kind: "terminal", reason: "invalid_grant" });
});

test.each(WITH_REFRESH)(
  "S-095 %s: sign-out leaves a dead refresh token, where it can be revoked",
  async (name) => {
    const { signInAndKeep, provider } = await simulatePreset(name);
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
    const { provider } = await simulatePreset(name);
    expect(provider.refreshBehaviour.missingRefreshTokenAdvice.length).toBeGreaterThan(30);
  },
);

test.each(["entra", "auth0", "okta", "cognito", "linkedin", "apple"] as const)(
  "%s: nobody is asked for consent at each sign-in",
  async (name) => {
    const { provider } = await simulatePreset(name);
    expect(new URL((await provider.beginLogin()).url).searchParams.has("prompt")).toBe(false);
  },
);

test("entra-organizations: people of a tenant that isn't listed are refused", async () => {
  const other = "0f3b1f5c-1111-4222-8333-444455556666";
  const iss = `https://login.microsoftonline.com/${other}/v2.0`;
  const { signIn } = await simulatePreset(
    "entra-organizations",
    {},
    { tokenIssuer: iss, claims: { tid: other } },
  );
  expect(await signIn()).toEqual({ kind: "refused", reason: "iss_mismatch" });
});

test.each([
  [`https://login.microsoftonline.com/${TENANT}/v2.0`, "signed_in"],
  ["https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "refused"],
])("entra-organizations: a key of %s alone signs for that tenant alone", async (issuer, kind) => {
  const { signIn } = await simulatePreset("entra-organizations", {}, { keyMembers: { issuer } });
  expect(await signIn()).toMatchObject({ kind });
});

test("entra-organizations: a refresh that names another tenant is somebody else's", async () => {
  const other = "0f3b1f5c-1111-4222-8333-444455556666";
  const { signInAndKeep, provider, standIn } = await simulatePreset("entra-organizations", {
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
  const { signIn } = await simulatePreset(
    "auth0",
    { authorizationParameters: { organization, audience: "https://api.example" } },
    claims === undefined ? {} : { claims },
  );
  expect(await signIn()).toMatchObject(
    kind === "refused" ? { kind, reason: "organization_mismatch" } : { kind },
  );
});

test("zitadel: a project that isn't trusted as an audience is refused", async () => {
  const { signIn } = await simulatePreset("zitadel", { trustedAudiences: [] });
  expect(await signIn()).toEqual({ kind: "refused", reason: "aud_untrusted" });
});

test("linkedin: says at start that neither nonce nor PKCE ties a code to its sign-in", async () => {
  const { events } = await simulatePreset("linkedin");
  expect(events).toEqual([
    { event: "sign_in_unchecked", issuer: "https://www.linkedin.com/oauth", unchecked: ["nonce", "code"] },
  ]);
});

test("apple: the secret is made anew for each call, and lives for minutes", async () => {
  const { signInAndKeep, provider, standIn, clock } = await simulatePreset("apple");
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
  const { signIn, events } = await simulatePreset("apple", { apple: { ...APPLE_IDS, keyId: "OTHER01234" } });
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
  ["google", "scope", { scope: "openid offline_access" }],
  ["google", "resources", { resources: ["https://api.example/"] }],
  ["keycloak", "allowedTenants", { allowedTenants: [TENANT] }],
  ["okta", "apple", { apple: APPLE_IDS }],
  ["okta", "profileClaims", { profileClaims: { sub: "id" } }],
])("%s: refuses at start a %s that can't be used (%j)", (name, field, change) => {
  expect(problemsOf({ ...PRESET_CONFIGS[name], ...change })).toContain(field);
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
