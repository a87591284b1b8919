import { expect, test } from "vitest";
import type { JWK } from "jose";
import { CONFIG } from "../simulated-sign-in.fixture.ts";
import { OAuthError } from "../oauth-error.ts";
import { keySet, makeClientKey } from "./client-keys.fixture.ts";
import { parseClientKeys } from "./client-keys.ts";
import { parseProviderConfig } from "../setup/provider-config.ts";
import type { ProviderConfig, ProviderConfigProblem } from "../setup/provider-config.ts";

const { jwk: rsa } = await makeClientKey("PS256");
const { jwk: ec } = await makeClientKey("ES256");
const { jwk: ed } = await makeClientKey("EdDSA");
const { clientSecret: _, ...WITHOUT_SECRET } = CONFIG;

function without(key: JWK, ...members: readonly string[]): JWK {
  return Object.fromEntries(Object.entries(key).filter(([name]) => !members.includes(name)));
}

function problemsOf(config: ProviderConfig): readonly ProviderConfigProblem[] {
  try {
    parseProviderConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return error.problems;
  }
}

test("S-018 takes keys for PS256, ES256 and EdDSA, in a set or alone, with and without name and algorithm", () => {
  const given = [rsa, ec, ed].map((key) => without(key, "kid", "alg", "use"));
  expect(parseClientKeys(keySet(...given))).toMatchObject({
    keys: [{ alg: "PS256" }, { alg: "ES256" }, { alg: "EdDSA" }],
    problems: [],
  });
  expect(parseClientKeys(JSON.stringify(ec))).toMatchObject({ keys: [{ alg: "ES256", kid: ec.kid }] });
  expect(parseClientKeys(keySet({ ...ed, alg: "Ed25519" }))).toMatchObject({ keys: [{ alg: "EdDSA" }] });
});

const BAD: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", "", /JWK Set/],
  ["no JSON", "key", /JWK Set/],
  ["no keys", keySet(), /JWK Set/],
  ["a set of the wrong form", '{"keys":{}}', /JWK Set/],
  ["PEM", "-----BEGIN PRIVATE KEY-----", /JWK Set/],
  ["a list", JSON.stringify([ec]), /JWK Set/],
  ["something else in the list", '{"keys":["a"]}', /no JWK/],
  ["a public key", keySet(without(ec, "d")), /public key/],
  ["a public RSA key", keySet(without(rsa, "d", "p", "q", "dp", "dq", "qi")), /public key/],
  ["a shared secret", keySet({ kty: "oct", k: "A".repeat(43) }), /shared secret/],
  ["RS256", keySet({ ...rsa, alg: "RS256" }), /algorithm/],
  ["none", keySet({ ...rsa, alg: "none" }), /algorithm/],
  ["HS256", keySet({ ...ec, alg: "HS256" }), /algorithm/],
  ["another curve's algorithm", keySet({ ...ec, alg: "ES384" }), /algorithm/],
  ["another curve", keySet({ ...ec, crv: "P-384" }), /P-256/],
  ["a curve for key agreement", keySet({ ...ed, crv: "X25519" }), /Ed25519/],
  ["an unknown kind", keySet({ kty: "AKP" }), /RSA/],
  ["a key for encryption", keySet({ ...ec, use: "enc" }), /signing/],
  ["a key that may only verify", keySet({ ...ec, key_ops: ["verify"] }), /signing/],
  ["a name that is none", keySet({ ...ec, kid: "" }), /kid/],
  ["half an RSA key", keySet(without(rsa, "dp", "qi")), /dp, qi/],
  ["a broken member", keySet({ ...ec, x: "+/=" }), /base64url/],
  ["a short member", keySet({ ...ec, d: "AAAA" }), /32 bytes/],
  ["two keys with one name", keySet(ec, { ...rsa, kid: ec.kid ?? "" }), /^key 2 of 2 .*kid/],
  ["eleven keys", keySet(...Array.from({ length: 11 }, () => without(ec, "kid"))), /at most 10/],
];

test.each(BAD)(
  "S-018 S-128 refuses %s at configuration, with the fix and no word of the key",
  (_name, text, fix) => {
    const problems = problemsOf({ ...WITHOUT_SECRET, clientKeys: text });
    expect(problems.map(({ field }) => field)).toEqual(["clientKeys"]);
    expect(problems[0]?.fix).toMatch(fix);
    const secrets = [ec.d, ed.d, rsa.d, "AAAA"].filter((secret) => secret !== undefined);
    expect(secrets.filter((secret) => problems[0]?.fix.includes(secret))).toEqual([]);
  },
);

test.each([1_024, 2_040])("S-018 refuses an RSA key of %i bits as too weak", async (bits) => {
  const { jwk } = await makeClientKey("PS256", { bits }).catch(() => ({
    jwk: { ...rsa, n: "_".repeat(bits / 6) },
  }));
  const [problem] = problemsOf({ ...WITHOUT_SECRET, clientKeys: keySet(jwk) });
  expect(problem).toMatchObject({ field: "clientKeys", fix: expect.stringMatching(/weak.*2048/) });
});

test.each<[string, Record<string, unknown>, readonly string[]]>([
  ["private_key_jwt without keys", { clientAuth: "private_key_jwt" }, ["clientKeys"]],
  [
    "client_secret_jwt with a short secret",
    { clientAuth: "client_secret_jwt", clientSecret: "a".repeat(31) },
    ["clientSecret"],
  ],
  [
    "client_secret_jwt with 32 characters",
    { clientAuth: "client_secret_jwt", clientSecret: "a".repeat(32) },
    [],
  ],
  [
    "client_secret_jwt without a secret",
    { clientAuth: "client_secret_jwt", clientSecret: undefined },
    ["clientSecret"],
  ],
  [
    "client_secret_post with keys and no secret",
    { clientAuth: "client_secret_post", clientSecret: undefined, clientKeys: keySet(ec) },
    ["clientSecret"],
  ],
  ["none", { clientAuth: "none", clientSecret: undefined }, ["clientAuth"]],
  ["a method that nobody knows", { clientAuth: "magic" }, ["clientAuth"]],
  ["keys alone", { clientSecret: undefined, clientKeys: keySet(ec) }, []],
  ["keys beside a secret", { clientKeys: keySet(ec) }, []],
])("S-001 S-018 a client with %s", (_name, change, fields) => {
  const { clientSecret: secret, ...rest } = { ...CONFIG, ...change };
  const config = { ...rest, ...(secret === undefined ? {} : { clientSecret: secret }) };
  expect(problemsOf(config as ProviderConfig).map(({ field }) => field)).toEqual(fields);
});

test("keys alone mean private_key_jwt; beside a secret, the method stays what it was", () => {
  expect(parseProviderConfig({ ...WITHOUT_SECRET, clientKeys: keySet(ec) }).clientAuth).toBe(
    "private_key_jwt",
  );
  expect(parseProviderConfig({ ...CONFIG, clientKeys: keySet(ec) }).clientAuth).toBe("client_secret_basic");
});
