import { replacedReply } from "@coatcheck/testkit";
import type { Members } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";
const NOW = Date.UTC(2026, 0, 1) / 1_000;
const SOUND: Members = {
  iss: ISSUER,
  aud: CONFIG.clientId,
  iat: NOW,
  exp: NOW + 120,
  jti: "jti-1",
  events: { [EVENT]: {} },
  sub: "ada",
  sid: "sid-1",
};

async function outcomeOf(
  claims: Members,
  header: Members = {},
  config: Partial<ProviderConfig> = {},
): Promise<unknown> {
  const { provider, idp } = await simulateSignIn(config);
  return provider.verifyLogoutToken(
    await idp.signJwt({ typ: "logout+jwt", ...header }, { ...SOUND, ...claims }),
  );
}

test("S-101 accepts a sound logout token", async () => {
  expect(await outcomeOf({})).toEqual({
    kind: "verified",
    claims: { iss: ISSUER, sub: "ada", sid: "sid-1", iat: NOW, jti: "jti-1", usableUntil: NOW + 150 },
  });
});

test.each([
  ["sub alone", { sid: undefined }],
  ["a sid that says nothing beside it", { sid: null }],
  ["an empty sid beside it", { sid: "" }],
  ["sid alone", { sub: undefined }],
  ["an audience list", { aud: ["other", CONFIG.clientId] }],
  ["an iat of 2 minutes ago without exp", { exp: undefined, iat: NOW - 120 }],
  ["an iat of a clock that is ahead, without exp", { exp: undefined, iat: NOW + 30 }],
  ["an nbf of now", { nbf: NOW }],
])("S-101 accepts %s", async (_name, claims) => {
  expect(await outcomeOf(claims)).toMatchObject({ kind: "verified" });
});

test.each([undefined, "JWT", "jwt", "logout+jwt", "Logout+JWT", "application/logout+jwt", "application/jwt"])(
  "S-101 accepts the type %s",
  async (typ) => {
    expect(await outcomeOf({}, { typ })).toMatchObject({ kind: "verified" });
  },
);

test.each([
  "at+jwt",
  "application/at+jwt",
  "id+jwt",
  "dpop+jwt",
  "secevent+jwt",
  "token-introspection+jwt",
  "logout",
  "xlogout+jwt",
  "",
  7,
  null,
  ["JWT"],
])("S-101 S-048 refuses the type %s", async (typ) => {
  expect(await outcomeOf({}, { typ })).toEqual({ kind: "refused", reason: "typ_mismatch" });
});

test.each([
  ["iss_mismatch", { iss: "https://evil.example" }],
  ["iss_missing", { iss: undefined }],
  ["aud_mismatch", { aud: "other" }],
  ["aud_mismatch", { aud: [] }],
  ["aud_missing", { aud: undefined }],
  ["iat_missing", { iat: undefined }],
  ["iat_malformed", { iat: "1" }],
  ["iat_malformed", { iat: 1e300 }],
  ["iat_malformed", { iat: -1 }],
  ["issued_in_future", { iat: NOW + 31 }],
  ["issued_in_future", { exp: undefined, iat: NOW + 31 }],
  ["issued_too_long_ago", { iat: NOW - 331 }],
  ["issued_too_long_ago", { exp: undefined, iat: NOW - 121 }],
  ["exp_malformed", { exp: "1" }],
  ["exp_malformed", { exp: null }],
  ["expired", { exp: NOW - 30 }],
  ["nbf_malformed", { nbf: "1" }],
  ["not_yet_valid", { nbf: NOW + 31 }],
  ["jti_missing", { jti: undefined }],
  ["jti_malformed", { jti: "" }],
  ["jti_malformed", { jti: 7 }],
  ["jti_malformed", { jti: "x".repeat(256) }],
  ["events_missing", { events: undefined }],
  ["events_malformed", { events: [EVENT] }],
  ["events_malformed", { events: null }],
  ["logout_event_missing", { events: {} }],
  ["logout_event_missing", { events: { [`${EVENT}/`]: {} } }],
  ["logout_event_malformed", { events: { [EVENT]: true } }],
  ["logout_event_malformed", { events: { [EVENT]: [] } }],
  ["nonce_present", { nonce: "x" }],
  ["nonce_present", { nonce: null }],
  ["sub_and_sid_missing", { sub: undefined, sid: undefined }],
  ["sub_malformed", { sub: 7 }],
  ["sub_malformed", { sub: "" }],
  ["sid_malformed", { sid: {} }],
])("S-101 refuses as %s: %j", async (reason, claims) => {
  expect(await outcomeOf(claims)).toEqual({ kind: "refused", reason });
});

test.each([
  ["typ_mismatch", {}, { typ: undefined }],
  ["typ_mismatch", {}, { typ: "JWT" }],
  ["exp_missing", { exp: undefined }, {}],
])("S-101 in the strict form refuses as %s: %j %j", async (reason, claims, header) => {
  const config = { logoutTokenStrict: true };
  expect(await outcomeOf(claims, header, config)).toEqual({ kind: "refused", reason });
  expect(await outcomeOf({}, {}, config)).toMatchObject({ kind: "verified" });
});

test("S-101 S-040 refuses a soundly signed token whose algorithm isn't configured", async () => {
  const config = { idTokenAlgorithms: ["RS256"] };
  const { provider, idp } = await simulateSignIn(config, { algorithm: "ES256" });
  expect(await provider.verifyLogoutToken(await idp.signJwt({}, SOUND))).toEqual({
    kind: "refused",
    reason: "alg_not_allowed",
  });
  expect(idp.requests).toEqual([]);
});

test("S-101 refuses a token with an extension that must be understood", async () => {
  const { provider, idp } = await simulateSignIn();
  const header = { crit: ["https://coatcheck.example/crit"], "https://coatcheck.example/crit": 1 };
  expect(await provider.verifyLogoutToken(await idp.signJwt(header, SOUND))).toEqual({
    kind: "refused",
    reason: "crit_unknown",
  });
});

test("S-101 refuses a token whose key nobody publishes", async () => {
  const { provider, idp } = await simulateSignIn();
  expect(await provider.verifyLogoutToken(await idp.signJwt({ kid: "other" }, SOUND))).toEqual({
    kind: "refused",
    reason: "kid_unknown",
  });
});

test.each([
  ["none", "alg_not_allowed"],
  ["None", "alg_not_allowed"],
  ["HS256", "alg_not_allowed"],
  [7, "alg_not_allowed"],
  [undefined, "alg_not_allowed"],
])("S-101 S-040 refuses the algorithm %s before keys are fetched", async (alg, reason) => {
  const { provider, idp } = await simulateSignIn();
  const [, payload = ""] = (await idp.signJwt({}, SOUND)).split(".");
  const header = Buffer.from(JSON.stringify({ alg, typ: "logout+jwt" })).toString("base64url");
  expect(await provider.verifyLogoutToken(`${header}.${payload}.`)).toEqual({
    kind: "refused",
    reason,
  });
  expect(idp.requests).toEqual([]);
});

test("S-101 refuses a changed token", async () => {
  const { provider, idp } = await simulateSignIn();
  const [header, , signature] = (await idp.signJwt({ typ: "logout+jwt" }, SOUND)).split(".");
  const payload = Buffer.from(JSON.stringify({ ...SOUND, sub: "ines" })).toString("base64url");
  const outcome = await provider.verifyLogoutToken(`${header}.${payload}.${signature}`);
  expect(outcome).toEqual({ kind: "refused", reason: "signature_invalid" });
});

test.each([
  ["events_missing", false],
  ["typ_mismatch", true],
])("S-048 refuses an ID token as %s", async (reason, logoutTokenStrict) => {
  const { provider, signIn } = await simulateSignIn({ logoutTokenStrict });
  const { outcome } = await signIn();
  const idToken = outcome.kind === "signed_in" ? outcome.tokens.idToken : undefined;
  expect(await provider.verifyLogoutToken(idToken ?? "")).toEqual({ kind: "refused", reason });
});

test.each([
  ["too_long", "x".repeat(9_000)],
  ["encrypted", "e30.a.b.c.d"],
  ["malformed", ""],
  ["malformed", "a.b.c"],
  ["malformed", "e30.e30.e30.e30"],
  ["malformed", "\u0000"],
  ["iss_missing", "e30.e30.e30"],
])("refuses as %s: %s", async (reason, token) => {
  const { provider } = await simulateSignIn();
  expect(await provider.verifyLogoutToken(token)).toEqual({ kind: "refused", reason });
});

test("is unavailable while no key is known", async () => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("jwks", { status: 503 }));
  const token = await idp.signJwt({ typ: "logout+jwt" }, SOUND);
  expect(await provider.verifyLogoutToken(token)).toEqual({ kind: "unavailable", reason: "keys_status_503" });
});
