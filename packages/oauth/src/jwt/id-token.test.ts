import {
  ABSENT,
  idTokenClaim,
  idTokenHeader,
  idTokenPayloadText,
  idTokenReplaced,
  idTokenSignedByStranger,
  idTokenSignedWithPublicKey,
  idTokenTampered,
  idTokenUnsigned,
} from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import type { SimulatedSignIn } from "../simulated-sign-in.fixture.ts";

const NOW_SECONDS = Date.UTC(2026, 0, 1) / 1_000;

async function outcomeOf(...lies: readonly Lie[]): Promise<unknown> {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(...lies);
  return (await signIn()).outcome;
}

const refused = (reason: string): unknown => ({ kind: "refused", reason });
const accepted = { kind: "signed_in" };

test.each([
  ["a changed claim", idTokenTampered({ sub: "mallory" })],
  ["a stranger's key under the provider's kid", idTokenSignedByStranger()],
])("S-039 refuses %s", async (_name, lie) => {
  expect(await outcomeOf(lie)).toEqual(refused("signature_invalid"));
});

test.each(["none", "None", "NONE", "nOnE", ""])("S-040 refuses the algorithm %j", async (alg) => {
  expect(await outcomeOf(idTokenUnsigned(alg))).toEqual(refused("alg_not_allowed"));
});

test("S-040 refuses HMAC with the public key as its secret", async () => {
  expect(await outcomeOf(idTokenSignedWithPublicKey())).toEqual(refused("alg_not_allowed"));
});

test("S-040 refuses a sound signature by an algorithm that isn't configured", async () => {
  const { signIn } = await simulateSignIn({}, { algorithm: "ES256" });
  expect((await signIn()).outcome).toEqual(refused("alg_not_allowed"));
});

test.each(["RS256", "PS256", "ES384", "RS512", "EdDSA"])(
  "S-047 signs in with %s and its at_hash",
  async (algorithm) => {
    const { signIn } = await simulateSignIn({ idTokenAlgorithms: [algorithm] }, { algorithm });
    expect((await signIn()).outcome).toMatchObject(accepted);
  },
);

test.each(["jwk", "nothing"] as const)("S-041 refuses a key that came with the token (%s)", async (embed) => {
  expect(await outcomeOf(idTokenSignedByStranger(embed))).toEqual(refused("signature_invalid"));
});

test("S-041 never asks the host that jku names", async () => {
  const { signIn, idp, internet } = await simulateSignIn();
  internet.connect("evil.example", () => Response.json({ keys: [] }));
  idp.lie(idTokenSignedByStranger("jku", "https://evil.example/jwks"));
  expect((await signIn()).outcome).toEqual(refused("signature_invalid"));
  expect(internet.requestsTo("evil.example")).toEqual([]);
});

test("S-041 refuses a critical header that it doesn't know", async () => {
  const name = "https://coatcheck.example/crit";
  expect(await outcomeOf(idTokenHeader(name, true), idTokenHeader("crit", [name]))).toEqual(
    refused("crit_unknown"),
  );
});

test.each([
  ["iss", ABSENT, "iss_missing"],
  ["iss", null, "iss_missing"],
  ["iss", `${ISSUER}/`, "iss_mismatch"],
  ["iss", "https://evil.example", "iss_mismatch"],
  ["iss", 7, "iss_mismatch"],
  ["aud", ABSENT, "aud_missing"],
  ["aud", [], "aud_missing"],
  ["aud", "other", "aud_mismatch"],
  ["aud", ["other"], "aud_mismatch"],
  ["aud", 7, "aud_mismatch"],
  ["aud", [CONFIG.clientId, "other"], "aud_untrusted"],
  ["aud", [CONFIG.clientId, 7], "aud_untrusted"],
  ["azp", "other", "azp_mismatch"],
  ["azp", 7, "azp_mismatch"],
  ["azp", [CONFIG.clientId], "azp_mismatch"],
] as const)("S-042 refuses %s = %j as %s", async (name, value, reason) => {
  expect(await outcomeOf(idTokenClaim(name, value))).toEqual(refused(reason));
});

test("S-042 refuses an audience more that isn't trusted, although azp is right", async () => {
  const azp = idTokenClaim("azp", CONFIG.clientId);
  expect(await outcomeOf(idTokenClaim("aud", [CONFIG.clientId, "other"]), azp)).toEqual(
    refused("aud_untrusted"),
  );
});

test("S-042 takes an audience list of itself alone, and a trusted one beside it", async () => {
  expect(await outcomeOf(idTokenClaim("aud", [CONFIG.clientId]))).toMatchObject(accepted);
  const { signIn, idp } = await simulateSignIn({ trustedAudiences: ["project"] });
  idp.lie(idTokenClaim("aud", [CONFIG.clientId, "project"]), idTokenClaim("azp", CONFIG.clientId));
  expect((await signIn()).outcome).toMatchObject(accepted);
});

test.each([
  ["exp", ABSENT, "exp_missing"],
  ["exp", null, "exp_missing"],
  ["exp", NOW_SECONDS - 33, "expired"],
  ["exp", 0, "expired"],
  ["exp", -1, "exp_malformed"],
  ["exp", 1e300, "exp_malformed"],
  ["exp", "9999999999", "exp_malformed"],
  ["iat", ABSENT, "iat_missing"],
  ["iat", NOW_SECONDS + 31, "issued_in_future"],
  ["iat", NOW_SECONDS - 631, "issued_too_long_ago"],
  ["iat", "1767225600", "iat_malformed"],
  ["iat", 1e300, "iat_malformed"],
  ["nbf", NOW_SECONDS + 33, "not_yet_valid"],
  ["nbf", "1", "nbf_malformed"],
] as const)("S-043 S-049 refuses %s = %s as %s", async (name, value, reason) => {
  expect(await outcomeOf(idTokenClaim(name, value))).toEqual(refused(reason));
});

test.each([
  ["exp", NOW_SECONDS - 27],
  ["iat", NOW_SECONDS + 30],
  ["iat", NOW_SECONDS - 600],
  ["nbf", NOW_SECONDS + 27],
])("S-144 takes %s = %i, within the tolerance", async (name, value) => {
  expect(await outcomeOf(idTokenClaim(name, value))).toMatchObject(accepted);
});

test.each([
  [ABSENT, "nonce_missing"],
  ["", "nonce_missing"],
  [null, "nonce_missing"],
  ["other", "nonce_mismatch"],
  [7, "nonce_mismatch"],
])("S-044 refuses the nonce %s as %s", async (nonce, reason) => {
  expect(await outcomeOf(idTokenClaim("nonce", nonce))).toEqual(refused(reason));
});

test.each([
  [ABSENT, "sub_missing"],
  ["", "sub_missing"],
  [null, "sub_missing"],
  ["x".repeat(256), "sub_malformed"],
  [7, "sub_malformed"],
  [["ada"], "sub_malformed"],
])("S-045 refuses the sub %s as %s", async (sub, reason) => {
  expect(await outcomeOf(idTokenClaim("sub", sub))).toEqual(refused(reason));
});

const UNUSED: readonly (readonly [claim: string, values: readonly unknown[]])[] = [
  ["acr", [null, {}, [], ["1"], 1, true, ""]],
  ["azp", [null, ""]],
  ["sid", ["", null, 7, {}, [], true, "x".repeat(256)]],
  ["auth_time", ["1767225600", "", null, -1, 1e300, {}, true, "yesterday"]],
  ["amr", ["pwd", null, {}, 7]],
  ["nbf", [null, ""]],
  ["at_hash", [null]],
  ["name", [null, {}, 7]],
  ["email_verified", ["true", null]],
  ["address", ["", null, []]],
  ["events", [null, "x", {}]],
];

const unusedClaims = UNUSED.flatMap(([claim, values]) => values.map((value) => [claim, value] as const));

test.each(unusedClaims)("S-049 signs in although %s is %j, which nobody needs", async (claim, value) => {
  expect(await outcomeOf(idTokenClaim(claim, value))).toMatchObject(accepted);
});

test.each(unusedClaims.filter(([claim]) => ["acr", "sid", "auth_time"].includes(claim)))(
  "S-049 leaves out %s = %j, which isn't of its type",
  async (claim, value) => {
    expect(await outcomeOf(idTokenClaim(claim, value))).not.toHaveProperty(`claims.${claim}`);
  },
);

async function signInWith(
  request: { readonly maxAge?: number; readonly acrValues?: string },
  ...lies: readonly Lie[]
): Promise<unknown> {
  const { provider, idp }: SimulatedSignIn = await simulateSignIn();
  idp.lie(...lies);
  const { url, transaction } = await provider.beginLogin(request);
  return provider.finishLogin(await idp.signIn(url), transaction);
}

test.each([
  [ABSENT, "auth_time_missing"],
  [null, "auth_time_missing"],
  [NOW_SECONDS - 93, "auth_time_too_old"],
  [String(NOW_SECONDS), "auth_time_malformed"],
])("S-046 refuses auth_time = %s when max_age was 60, as %s", async (authTime, reason) => {
  expect(await signInWith({ maxAge: 60 }, idTokenClaim("auth_time", authTime))).toEqual(refused(reason));
});

test.each([
  [ABSENT, "acr_missing"],
  [null, "acr_missing"],
  ["bronze", "acr_mismatch"],
  ["gold silver", "acr_mismatch"],
  [7, "acr_mismatch"],
  [{ gold: true }, "acr_mismatch"],
])("S-046 refuses acr = %s when gold or silver was asked, as %s", async (acr, reason) => {
  expect(await signInWith({ acrValues: "gold silver" }, idTokenClaim("acr", acr))).toEqual(refused(reason));
});

test("S-046 takes an auth_time and an acr that were asked for", async () => {
  expect(
    await signInWith({ maxAge: 60, acrValues: "gold silver" }, idTokenClaim("acr", "silver")),
  ).toMatchObject(accepted);
});

test.each(["x".repeat(22), "", 7])("S-047 refuses at_hash = %s", async (hash) => {
  expect(await outcomeOf(idTokenClaim("at_hash", hash))).toEqual(refused("at_hash_mismatch"));
});

test("S-047 needs no at_hash", async () => {
  expect(await outcomeOf(idTokenClaim("at_hash", ABSENT))).toMatchObject(accepted);
});

test.each(["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt", 7])(
  "S-048 refuses typ = %s",
  async (typ) => {
    expect(await outcomeOf(idTokenHeader("typ", typ))).toEqual(refused("typ_mismatch"));
  },
);

test("S-048 refuses a logout token, even with our nonce", async () => {
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  expect(await outcomeOf(idTokenClaim("events", events))).toEqual(refused("logout_token"));
});

test.each([ABSENT, "JWT", "jwt", null, ""])("S-048 takes typ = %j", async (typ) => {
  expect(await outcomeOf(idTokenHeader("typ", typ))).toMatchObject(accepted);
});

test.each([
  ["a claim twice", (json: string) => json.replace("{", '{"sub":"mallory",')],
  ["__proto__", (json: string) => json.replace("{", '{"__proto__":{"admin":true},')],
  ["an array", (json: string) => `[${json}]`],
  ["null", () => "null"],
  ["no JSON", () => "{"],
  ["invalid UTF-8", (json: string) => Buffer.from(json.replace("ada", "\u00ff"), "latin1")],
])("S-049 refuses a payload with %s", async (_name, rewrite) => {
  expect(await outcomeOf(idTokenPayloadText(rewrite))).toEqual(refused("malformed"));
});

test.each([
  ["", "id_token_missing"],
  ["a", "malformed"],
  ["a.b", "malformed"],
  ["a.b.c", "malformed"],
  ["....", "encrypted"],
  ["a.b.c.d.e", "encrypted"],
  ["e30.e30.", "alg_not_allowed"],
  [`${"x".repeat(9_000)}.e30.e30`, "malformed"],
])("S-049 refuses %s in the ID token's place as %s", async (token, reason) => {
  expect(await outcomeOf(idTokenReplaced(token))).toEqual(refused(reason));
});
