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

const refused = { kind: "refused", reason: expect.stringMatching(/^id_token:/) };
const accepted = { kind: "signed_in" };

test.each([
  ["a changed claim", idTokenTampered({ sub: "mallory" })],
  ["a stranger's key under the provider's kid", idTokenSignedByStranger()],
])("S-039 refuses %s", async (_name, lie) => {
  expect(await outcomeOf(lie)).toEqual(refused);
});

test.each(["none", "None", "NONE", "nOnE", ""])("S-040 refuses the algorithm %j", async (alg) => {
  expect(await outcomeOf(idTokenUnsigned(alg))).toEqual(refused);
});

test("S-040 refuses HMAC with the public key as its secret", async () => {
  expect(await outcomeOf(idTokenSignedWithPublicKey())).toEqual(refused);
});

test("S-040 refuses a sound signature by an algorithm that isn't configured", async () => {
  const { signIn } = await simulateSignIn({ idTokenAlgorithms: ["RS256"] });
  expect((await signIn()).outcome).toEqual(refused);
});

test.each(["RS256", "PS256", "ES384", "RS512", "EdDSA"])(
  "S-047 signs in with %s and its at_hash",
  async (algorithm) => {
    const { signIn } = await simulateSignIn({}, { algorithm });
    expect((await signIn()).outcome).toMatchObject(accepted);
  },
);

test.each(["jwk", "nothing"] as const)("S-041 refuses a key that came with the token (%s)", async (embed) => {
  expect(await outcomeOf(idTokenSignedByStranger(embed))).toEqual(refused);
});

test("S-041 never asks the host that jku names", async () => {
  const { signIn, idp, internet } = await simulateSignIn();
  internet.connect("evil.example", () => Response.json({ keys: [] }));
  idp.lie(idTokenSignedByStranger("jku", "https://evil.example/jwks"));
  expect((await signIn()).outcome).toEqual(refused);
  expect(internet.requestsTo("evil.example")).toEqual([]);
});

test("S-041 refuses a critical header that it doesn't know", async () => {
  const name = "https://coatcheck.example/crit";
  expect(await outcomeOf(idTokenHeader(name, true), idTokenHeader("crit", [name]))).toEqual(refused);
});

test.each([
  ["iss", ABSENT],
  ["iss", `${ISSUER}/`],
  ["iss", "https://evil.example"],
  ["iss", 7],
  ["aud", ABSENT],
  ["aud", "other"],
  ["aud", ["other"]],
  ["aud", []],
  ["aud", 7],
  ["aud", [CONFIG.clientId, "other"]],
  ["azp", "other"],
  ["azp", 7],
] as const)("S-042 refuses %s = %j", async (name, value) => {
  expect(await outcomeOf(idTokenClaim(name, value))).toEqual(refused);
});

test("S-042 refuses an audience more that isn't trusted, although azp is right", async () => {
  const azp = idTokenClaim("azp", CONFIG.clientId);
  expect(await outcomeOf(idTokenClaim("aud", [CONFIG.clientId, "other"]), azp)).toEqual({
    kind: "refused",
    reason: "id_token:aud",
  });
});

test("S-042 takes an audience list of itself alone, and a trusted one beside it", async () => {
  expect(await outcomeOf(idTokenClaim("aud", [CONFIG.clientId]))).toMatchObject(accepted);
  const { signIn, idp } = await simulateSignIn({ trustedAudiences: ["project"] });
  idp.lie(idTokenClaim("aud", [CONFIG.clientId, "project"]), idTokenClaim("azp", CONFIG.clientId));
  expect((await signIn()).outcome).toMatchObject(accepted);
});

test.each([
  ["exp", ABSENT],
  ["exp", NOW_SECONDS - 33],
  ["exp", 0],
  ["exp", -1],
  ["exp", 1e300],
  ["exp", "9999999999"],
  ["exp", null],
  ["iat", ABSENT],
  ["iat", NOW_SECONDS + 31],
  ["iat", NOW_SECONDS - 631],
  ["iat", "1767225600"],
  ["iat", 1e300],
  ["nbf", NOW_SECONDS + 33],
  ["nbf", "1"],
  ["auth_time", "1"],
  ["auth_time", -1],
] as const)("S-043 S-049 refuses %s = %s", async (name, value) => {
  expect(await outcomeOf(idTokenClaim(name, value))).toEqual(refused);
});

test.each([
  ["exp", NOW_SECONDS - 27],
  ["iat", NOW_SECONDS + 30],
  ["iat", NOW_SECONDS - 600],
  ["nbf", NOW_SECONDS + 27],
])("S-144 takes %s = %i, within the tolerance", async (name, value) => {
  expect(await outcomeOf(idTokenClaim(name, value))).toMatchObject(accepted);
});

test.each([ABSENT, "", "other", 7, null])("S-044 refuses the nonce %s", async (nonce) => {
  expect(await outcomeOf(idTokenClaim("nonce", nonce))).toEqual(refused);
});

test.each([ABSENT, "", "x".repeat(256), 7, null, ["ada"]])("S-045 refuses the sub %s", async (sub) => {
  expect(await outcomeOf(idTokenClaim("sub", sub))).toEqual(refused);
});

async function signInWith(
  request: { readonly maxAge?: number; readonly acrValues?: string },
  ...lies: readonly Lie[]
): Promise<unknown> {
  const { provider, idp }: SimulatedSignIn = await simulateSignIn();
  idp.lie(...lies);
  const { url, transaction } = await provider.beginLogin(request);
  return provider.finishLogin(await idp.signIn(url), transaction);
}

test.each([ABSENT, NOW_SECONDS - 93])(
  "S-046 refuses auth_time = %s when max_age was 60",
  async (authTime) => {
    expect(await signInWith({ maxAge: 60 }, idTokenClaim("auth_time", authTime))).toEqual(refused);
  },
);

test.each([ABSENT, "bronze", "gold silver", 7])(
  "S-046 refuses acr = %s when gold or silver was asked",
  async (acr) => {
    expect(await signInWith({ acrValues: "gold silver" }, idTokenClaim("acr", acr))).toEqual(refused);
  },
);

test("S-046 takes an auth_time and an acr that were asked for", async () => {
  expect(
    await signInWith({ maxAge: 60, acrValues: "gold silver" }, idTokenClaim("acr", "silver")),
  ).toMatchObject(accepted);
});

test.each(["x".repeat(22), "", 7])("S-047 refuses at_hash = %s", async (hash) => {
  expect(await outcomeOf(idTokenClaim("at_hash", hash))).toEqual(refused);
});

test("S-047 needs no at_hash", async () => {
  expect(await outcomeOf(idTokenClaim("at_hash", ABSENT))).toMatchObject(accepted);
});

test.each(["at+jwt", "application/at+jwt", "logout+jwt", "dpop+jwt", 7])(
  "S-048 refuses typ = %s",
  async (typ) => {
    expect(await outcomeOf(idTokenHeader("typ", typ))).toEqual(refused);
  },
);

test("S-048 refuses a logout token, even with our nonce", async () => {
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  expect(await outcomeOf(idTokenClaim("events", events))).toEqual(refused);
});

test.each([ABSENT, "JWT", "jwt"])("S-048 takes typ = %s", async (typ) => {
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
  expect(await outcomeOf(idTokenPayloadText(rewrite))).toEqual(refused);
});

test.each(["", "a", "a.b", "a.b.c", "a.b.c.d.e", "....", "e30.e30.", `${"x".repeat(9_000)}.e30.e30`])(
  "S-049 refuses %s in the ID token's place",
  async (token) => {
    expect(await outcomeOf(idTokenReplaced(token))).toEqual(refused);
  },
);
