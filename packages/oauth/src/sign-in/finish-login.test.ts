import {
  ABSENT,
  authorizationError,
  authorizationParameter,
  idTokenClaim,
  metadataMember,
  repeatedAuthorizationParameter,
  tokenResponseMember,
} from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

test("signs in, with tokens counted from the moment of sending", async () => {
  const { signIn, clock } = await simulateSignIn();
  const { outcome } = await signIn();
  expect(outcome).toMatchObject({
    kind: "signed_in",
    claims: { iss: ISSUER, sub: "ada" },
    tokens: { issuedAt: clock.nowMs(), expiresAt: clock.nowMs() + 300_000, scope: CONFIG.scope },
  });
});

test.each([
  ["another state", authorizationParameter("state", "x".repeat(43)), "state_mismatch"],
  ["no state", authorizationParameter("state", ABSENT), "state_mismatch"],
  ["an empty state", authorizationParameter("state", ""), "state_mismatch"],
])("S-020 refuses %s before anything is sent", async (_name, lie, reason) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(lie);
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason });
  expect(idp.requestsTo("token")).toEqual([]);
});

test.each([
  ["another issuer", authorizationParameter("iss", "https://evil.example"), "response_iss_mismatch"],
  ["a trailing slash", authorizationParameter("iss", `${ISSUER}/`), "response_iss_mismatch"],
  ["another case", authorizationParameter("iss", "https://IDP.example"), "response_iss_mismatch"],
  ["an empty iss", authorizationParameter("iss", ""), "response_iss_mismatch"],
  ["no iss, though promised", authorizationParameter("iss", ABSENT), "response_iss_missing"],
])("S-022 refuses %s, with a code and with an error", async (_name, lie, reason) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(lie);
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason });
  idp.lie(authorizationError("access_denied"));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason });
  expect(idp.requestsTo("token")).toEqual([]);
});

test("S-022 needs no iss from a provider that doesn't promise it", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(
    metadataMember("authorization_response_iss_parameter_supported", ABSENT),
    authorizationParameter("iss", ABSENT),
  );
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each(["code", "state", "iss", "error_description"])("S-023 refuses a second %s", async (name) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(
    repeatedAuthorizationParameter("error_description", "a"),
    repeatedAuthorizationParameter(name, "b"),
  );
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "duplicate_parameter" });
  expect(idp.requestsTo("token")).toEqual([]);
});

test("S-023 refuses a code that comes with an error", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(authorizationParameter("error", "access_denied"));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "code_with_error" });
});

test.each(["access_token", "id_token", "token", "response"])(
  "S-024 refuses %s in the front channel",
  async (name) => {
    const { signIn, idp } = await simulateSignIn();
    idp.lie(authorizationParameter(name, "eyJhbGciOiJub25lIn0.e30."));
    expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "front_channel_token" });
    expect(idp.requestsTo("token")).toEqual([]);
  },
);

test("refuses a callback without code and without error", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(authorizationParameter("code", ABSENT));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "code_missing" });
});

test("refuses a query of 20 KB", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(authorizationParameter("padding", "x".repeat(20_000)));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "response_too_long" });
});

test.each([
  ["issuer", { iss: "https://other.example" }],
  ["client", { clientId: "other" }],
  ["redirect URI", { redirectUri: "https://other.example/bff/callback" }],
])("S-006 refuses a transaction of another %s before anything is sent", async (_name, change) => {
  const { provider, idp } = await simulateSignIn();
  const { url, transaction } = await provider.beginLogin();
  const rawQuery = await idp.signIn(url);
  expect(await provider.finishLogin(rawQuery, { ...transaction, ...change })).toEqual({
    kind: "refused",
    reason: "transaction_of_another_provider",
  });
  expect(idp.requestsTo("token")).toEqual([]);
});

test("S-026 redeems the code with the transaction's redirect URI and verifier, once", async () => {
  const { signIn, idp } = await simulateSignIn();
  const { transaction } = await signIn();
  const forms = idp.requestsTo("token").map(({ form }) => Object.fromEntries(form));
  expect(forms).toHaveLength(1);
  expect(forms[0]).toMatchObject({
    grant_type: "authorization_code",
    redirect_uri: transaction.redirectUri,
    code_verifier: transaction.codeVerifier,
  });
});

test("S-028 refuses a code of another sign-in by PKCE", async () => {
  const { provider, idp } = await simulateSignIn();
  const attacker = await provider.beginLogin();
  const victim = await provider.beginLogin();
  const stolen = new URLSearchParams(await idp.signIn(attacker.url, "mallory"));
  stolen.set("state", victim.transaction.state);
  expect(await provider.finishLogin(stolen.toString(), victim.transaction)).toEqual({
    kind: "refused",
    reason: "code_refused",
    status: 400,
    error: "invalid_grant",
  });
});

test("S-028 S-044 refuses a code of another sign-in by nonce where the provider forgets PKCE", async () => {
  const { provider, idp } = await simulateSignIn();
  const attacker = await provider.beginLogin();
  const victim = await provider.beginLogin();
  const stolen = new URLSearchParams(await idp.signIn(attacker.url, "mallory"));
  stolen.set("state", victim.transaction.state);
  const forgetful = { ...victim.transaction, codeVerifier: attacker.transaction.codeVerifier };
  expect(await provider.finishLogin(stolen.toString(), forgetful)).toMatchObject({
    kind: "refused",
    reason: "nonce_mismatch",
  });
});

test("S-029 uses no token of a response whose ID token is refused", async () => {
  const { signIn, idp, internet } = await simulateSignIn();
  idp.lie(idTokenClaim("nonce", "other"));
  expect((await signIn()).outcome).toMatchObject({ kind: "refused" });
  expect(internet.requests.map(({ url }) => url.pathname)).toEqual([
    "/.well-known/openid-configuration",
    "/token",
    "/jwks",
  ]);
});

test("S-036 reports scopes that weren't granted", async () => {
  const { signIn, idp, events } = await simulateSignIn();
  idp.lie(tokenResponseMember("scope", "openid profile"));
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in", tokens: { scope: "openid profile" } });
  expect(events).toContainEqual({ event: "scope_reduced", issuer: ISSUER, missing: ["email"] });
});

test("takes an absent scope for the one that was asked for", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("scope", ABSENT));
  expect((await signIn()).outcome).toMatchObject({ tokens: { scope: CONFIG.scope } });
});

test("signs in without a refresh token where none came", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("refresh_token", ABSENT));
  const { outcome } = await signIn();
  expect(outcome).toMatchObject({ kind: "signed_in" });
  expect(outcome).not.toHaveProperty("tokens.refreshToken");
});
