import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import type { Members } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const API = "https://api.example/";
const NOW_SECONDS = Date.UTC(2026, 0, 1) / 1_000;

test("asks the provider about an opaque token", async () => {
  const { provider, signIn, clock } = await simulateSignIn();
  const { outcome } = await signIn();
  if (outcome.kind !== "signed_in") throw new Error(outcome.kind);
  const { accessToken } = outcome.tokens;
  expect(await provider.validate({ accessToken, resource: "" })).toEqual({
    kind: "facts",
    facts: {
      active: true,
      method: "introspection",
      scopes: ["openid", "profile", "email"],
      audience: [CONFIG.clientId],
      expiresAt: clock.nowMs() + 300_000,
    },
  });
  await clock.advance(300_000);
  expect(await provider.validate({ accessToken, resource: "" })).toEqual({
    kind: "facts",
    facts: { active: false, method: "introspection", scopes: [], audience: [] },
  });
});

test("never puts the token into a URL", async () => {
  const { provider, internet } = await simulateSignIn();
  await provider.validate({ accessToken: "opaque-access-token", resource: "" });
  expect(internet.requests.filter(({ url }) => url.href.includes("opaque-access-token"))).toEqual([]);
});

test("verifies a JWT by itself", async () => {
  const { provider, signInAndKeep, idp, clock } = await simulateSignIn({ resources: [API] });
  const refreshed = await provider.refreshGrant({ ...(await signInAndKeep()), resource: API });
  if (refreshed.kind !== "success") throw new Error(refreshed.reason);
  const { accessToken } = refreshed.tokens;
  const facts = {
    active: true,
    method: "jwt",
    scopes: ["openid", "profile", "email"],
    audience: [API],
    expiresAt: clock.nowMs() + 300_000,
  };
  expect(await provider.validate({ accessToken, resource: API })).toEqual({ kind: "facts", facts });
  await clock.advance(331_000);
  expect(await provider.validate({ accessToken, resource: API })).toEqual({
    kind: "facts",
    facts: { ...facts, active: false },
  });
  expect(idp.requestsTo("introspection")).toEqual([]);
});

const SOUND: Members = {
  iss: ISSUER,
  aud: API,
  sub: "ada",
  scope: "a",
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 60,
};

async function isActive(claims: Members, header: Members = { typ: "at+jwt" }): Promise<unknown> {
  const { provider, idp } = await simulateSignIn();
  const accessToken = await idp.signJwt(header, { ...SOUND, ...claims });
  const outcome = await provider.validate({ accessToken, resource: API });
  return outcome.kind === "facts" ? outcome.facts.active : outcome;
}

test.each([
  ["another audience", { aud: "https://other.example/" }, {}],
  ["no audience", { aud: undefined }, {}],
  ["another issuer", { iss: "https://evil.example" }, {}],
  ["no expiry", { exp: undefined }, {}],
  ["an old expiry", { exp: NOW_SECONDS - 60 }, {}],
  ["a later beginning", { nbf: NOW_SECONDS + 60 }, {}],
  ["the type of a logout token", {}, { typ: "logout+jwt" }],
  ["an unknown key", {}, { kid: "unknown" }],
])("a JWT with %s isn't active", async (_name, claims, header) => {
  expect(await isActive(claims, { typ: "at+jwt", ...header })).toBe(false);
});

test.each([
  ["an ID token", { nonce: "x" }],
  ["an ID token without nonce", { at_hash: "x" }],
  ["a logout token", { events: {} }],
])("S-048 %s isn't an access token", async (_name, claims) => {
  expect(await isActive(claims, { typ: "JWT" })).toBe(false);
  expect(await isActive({}, { typ: "JWT" })).toBe(true);
});

test("a forged JWT isn't active", async () => {
  const { provider, idp } = await simulateSignIn();
  const [header, , signature] = (await idp.signJwt({ typ: "at+jwt" }, SOUND)).split(".");
  const payload = Buffer.from(JSON.stringify({ ...SOUND, scope: "admin" })).toString("base64url");
  const outcome = await provider.validate({
    accessToken: `${header}.${payload}.${signature}`,
    resource: API,
  });
  expect(outcome).toEqual({
    kind: "facts",
    facts: { active: false, method: "jwt", scopes: [], audience: [] },
  });
});

test("says that it can't ask where the provider has no introspection", async () => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(metadataMember("introspection_endpoint", ABSENT));
  expect(await provider.validate({ accessToken: "opaque", resource: "" })).toMatchObject({
    kind: "unsupported",
  });
});

test.each([
  [401, "{}", "status_401"],
  [503, "", "status_503"],
  [200, "[]", "malformed"],
  [200, "<html>", "malformed"],
  [200, '{"active":"yes"}', "malformed"],
  [200, '{"active":true,"active":false}', "not_json_object"],
])("S-142 introspection that answers %i %s is unavailable", async (status, body, reason) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("introspection", { status, body }));
  expect(await provider.validate({ accessToken: "opaque", resource: "" })).toEqual({
    kind: "unavailable",
    reason,
  });
});

test("is unavailable while no key is known", async () => {
  const { provider, idp } = await simulateSignIn();
  const accessToken = await idp.signJwt({ typ: "at+jwt" }, SOUND);
  idp.lie(replacedReply("jwks", { status: 503 }));
  expect(await provider.validate({ accessToken, resource: API })).toEqual({
    kind: "unavailable",
    reason: "keys_status_503",
  });
});
