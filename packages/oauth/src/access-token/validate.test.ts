import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import type { Members } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
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

const withoutIntrospection = metadataMember("introspection_endpoint", ABSENT);

/** What is said of a JWT by the provider's key, where the provider can't be asked. */
async function factsOf(claims: Members, header: Members = { typ: "at+jwt" }): Promise<unknown> {
  const { provider, idp } = await simulateSignIn();
  idp.lie(withoutIntrospection);
  const accessToken = await idp.signJwt(header, { ...SOUND, ...claims });
  const outcome = await provider.validate({ accessToken, resource: API });
  return outcome.kind === "facts" ? outcome.facts.active : outcome;
}

test.each([
  ["another audience", { aud: "https://other.example/" }, {}],
  ["no audience", { aud: undefined }, {}],
  ["another issuer", { iss: "https://evil.example" }, {}],
  ["an old expiry", { exp: NOW_SECONDS - 60 }, {}],
  ["a later beginning", { nbf: NOW_SECONDS + 60 }, {}],
  ["a beginning of another type", { nbf: "1" }, {}],
  ["the type of a logout token", {}, { typ: "logout+jwt" }],
  ["the event of a logout token", { events: { [LOGOUT_EVENT]: {} } }, { typ: "JWT" }],
  ["an unknown key", {}, { kid: "unknown" }],
])("a JWT with %s isn't active", async (_name, claims, header) => {
  expect(await factsOf(claims, { typ: "at+jwt", ...header })).toBe(false);
});

test.each(["at+jwt", "AT+JWT", "application/at+jwt", "JWT", undefined])(
  "S-048 a JWT of the type %s is an access token",
  async (typ) => {
    expect(await factsOf({}, { typ })).toBe(true);
  },
);

test("S-048 what says at+jwt is an access token whatever its claims look like", async () => {
  expect(await factsOf({ nonce: "x", at_hash: "x" })).toBe(true);
});

test.each([
  ["an ID token", { nonce: "x" }, "kind_unclear"],
  ["an ID token without nonce", { at_hash: "x" }, "kind_unclear"],
  ["a security event", { events: {} }, "kind_unclear"],
  ["a token without expiry", { exp: undefined }, "exp_missing"],
])("S-048 nobody is told that %s is an active access token", async (_name, claims, reason) => {
  expect(await factsOf(claims, { typ: "JWT" })).toEqual({ kind: "unsupported", reason });
});

test.each([true, false])(
  "a JWT that looks like an ID token is what introspection says: %s",
  async (active) => {
    const { provider, idp } = await simulateSignIn();
    const claims = { ...SOUND, nonce: "x", at_hash: "x" };
    const accessToken = await idp.signJwt({ typ: "JWT" }, claims);
    idp.lie(replacedReply("introspection", { body: JSON.stringify({ ...claims, active }) }));
    expect(await provider.validate({ accessToken, resource: "" })).toEqual({
      kind: "facts",
      facts: active
        ? {
            active,
            method: "introspection",
            scopes: ["a"],
            audience: [API],
            expiresAt: (NOW_SECONDS + 60) * 1_000,
          }
        : { active, method: "introspection", scopes: [], audience: [] },
    });
  },
);

test("a JWT by a key that nobody knows is what introspection says", async () => {
  const { provider, idp } = await simulateSignIn();
  const accessToken = await idp.signJwt({ typ: "at+jwt", kid: "of-the-api" }, SOUND);
  idp.lie(replacedReply("introspection", { body: '{"active":true}' }));
  expect(await provider.validate({ accessToken, resource: API })).toMatchObject({
    facts: { active: true, method: "introspection" },
  });
});

test("verifies a JWT by another algorithm than the ID token's", async () => {
  const { provider, idp } = await simulateSignIn({ idTokenAlgorithms: ["ES256"] });
  const accessToken = await idp.signJwt({ typ: "at+jwt" }, SOUND);
  expect(await provider.validate({ accessToken, resource: API })).toMatchObject({
    facts: { active: true, method: "jwt" },
  });
});

test.each([
  [{ scope: "a b" }, ["a", "b"]],
  [{ scope: ["a", "b"] }, ["a", "b"]],
  [{ scope: ["a b", "c"] }, ["a", "b", "c"]],
  [{ scope: undefined, scp: ["a", "b"] }, ["a", "b"]],
  [{ scope: undefined, scp: "a b" }, ["a", "b"]],
  [{ scope: "a", scp: ["a", "b"] }, ["a", "b"]],
  [{ scope: 7, scp: {} }, []],
  [{ scope: [7, null, "a"] }, ["a"]],
])("reads the scopes of %j", async (claims, scopes) => {
  const { provider, idp } = await simulateSignIn();
  const accessToken = await idp.signJwt({ typ: "at+jwt" }, { ...SOUND, ...claims });
  expect(await provider.validate({ accessToken, resource: API })).toMatchObject({ facts: { scopes } });
  idp.lie(replacedReply("introspection", { body: JSON.stringify({ active: true, ...claims }) }));
  expect(await provider.validate({ accessToken: "opaque", resource: "" })).toMatchObject({
    facts: { scopes },
  });
});

test("a forged JWT isn't active", async () => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(withoutIntrospection);
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
  idp.lie(withoutIntrospection);
  expect(await provider.validate({ accessToken: "opaque", resource: "" })).toEqual({
    kind: "unsupported",
    reason: "introspection_endpoint_missing",
  });
});

test.each([
  [401, "{}", "status_401"],
  [302, "", "status_302"],
  [503, "", "status_503"],
  [200, "[]", "malformed"],
  [200, "<html>", "malformed"],
  [200, "{}", "malformed"],
  [200, '{"active":"yes"}', "malformed"],
  [200, '{"active":"true"}', "malformed"],
  [200, '{"active":1}', "malformed"],
  [200, '{"active":true,"active":false}', "malformed"],
])("S-142 introspection that answers %i %s is unavailable", async (status, body, reason) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("introspection", { status, body }));
  expect(await provider.validate({ accessToken: "opaque", resource: "" })).toEqual({
    kind: "unavailable",
    reason,
  });
});

test("is unavailable while no key is known and nobody can be asked", async () => {
  const { provider, idp } = await simulateSignIn();
  const accessToken = await idp.signJwt({ typ: "at+jwt" }, SOUND);
  idp.lie(replacedReply("jwks", { status: 503 }), withoutIntrospection);
  expect(await provider.validate({ accessToken, resource: API })).toEqual({
    kind: "unavailable",
    reason: "keys_status_503",
  });
});
