import { expect, test } from "vitest";
import { CONFIG } from "../simulated-sign-in.fixture.ts";
import { OAuthError } from "../oauth-error.ts";
import { keySet, makeClientKey } from "../client-auth/client-keys.fixture.ts";
import { parseProviderConfig } from "./provider-config.ts";
import type { ProviderConfig } from "./provider-config.ts";

const { jwk } = await makeClientKey("PS256");
const { clientSecret: _, pushedRequests: _pushed, idTokenAlgorithms: _algorithms, ...REST } = CONFIG;
const FAPI = { ...REST, security: "fapi2", clientKeys: keySet(jwk) } as const satisfies ProviderConfig;

function problemsOf(config: ProviderConfig): readonly string[] {
  try {
    parseProviderConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return error.problems.map(({ field }) => field);
  }
}

test("fapi2 turns on at once what it requires", () => {
  expect(parseProviderConfig(FAPI)).toMatchObject({
    clientAuth: "private_key_jwt",
    pushedRequests: "required",
    dpop: "required",
    idTokenAlgorithms: ["PS256"],
    signedRequests: false,
    signedResponses: false,
  });
  expect(parseProviderConfig({ ...FAPI, security: "fapi2-message-signing" })).toMatchObject({
    pushedRequests: "required",
    dpop: "required",
    signedRequests: true,
    signedResponses: true,
  });
});

test.each<[string, Partial<ProviderConfig>, readonly string[]]>([
  ["what it allows anyway", { idTokenAlgorithms: ["ES256", "EdDSA"], signedRequests: true }, []],
  ["a secret", { clientAuth: "client_secret_basic", clientSecret: "x".repeat(40) }, ["clientAuth"]],
  ["a signed secret", { clientAuth: "client_secret_jwt", clientSecret: "x".repeat(40) }, ["clientAuth"]],
  ["requests in the browser's address", { pushedRequests: "offered" }, ["pushedRequests"]],
  ["bearer tokens", { dpop: "never" }, ["dpop"]],
  ["bound tokens where they are offered", { dpop: "offered" }, ["dpop"]],
  ["RS256", { idTokenAlgorithms: ["PS256", "RS256"] }, ["idTokenAlgorithms"]],
  ["several things", { dpop: "never", pushedRequests: "never" }, ["pushedRequests", "dpop"]],
])("S-128 fapi2 with %s: refused are %j", (_name, change, fields) => {
  expect(problemsOf({ ...FAPI, ...change })).toEqual(
    [...fields].toSorted((a, b) => fields.indexOf(a) - fields.indexOf(b)),
  );
});

test.each(["signedRequests", "signedResponses"] as const)(
  "S-128 message signing without %s is refused",
  (name) => {
    expect(problemsOf({ ...FAPI, security: "fapi2-message-signing", [name]: false })).toEqual([name]);
  },
);

test("S-128 fapi2 at Google is refused", () => {
  const { issuer: _issuer, ...google } = FAPI;
  expect(problemsOf({ ...google, preset: "google" })).toContain("preset");
});

test("nothing of it is on where nobody asks for it", () => {
  expect(parseProviderConfig({ ...REST, clientSecret: "a secret" })).toMatchObject({
    security: "standard",
    pushedRequests: "offered",
    dpop: "never",
    idTokenAlgorithms: ["RS256"],
    signedRequests: false,
    signedResponses: false,
  });
});
