import { expect, test } from "vitest";
import { OAuthError } from "../oauth-error.ts";
import { parseProviderConfig, type ProviderConfigProblem } from "./provider-config.ts";
import { createProvider } from "../provider.ts";
import { CONFIG } from "../simulated-sign-in.fixture.ts";

function problemsOf(change: Record<string, unknown>): readonly ProviderConfigProblem[] {
  try {
    parseProviderConfig({ ...CONFIG, ...change });
    return [];
  } catch (error) {
    if (!(error instanceof OAuthError) || error.code !== "config_invalid") throw error;
    return error.problems;
  }
}

/** Which settings the problems are about. */
const settingsNamed = (change: Record<string, unknown>): readonly string[] =>
  problemsOf(change).map(({ field }) => field);

test("accepts a good configuration and freezes it, defaults filled in", () => {
  const settings = parseProviderConfig(CONFIG);
  expect(settings).toMatchObject({
    clientAuth: "client_secret_basic",
    discovery: true,
    clockToleranceSeconds: 30,
    idTokenAlgorithms: ["RS256"],
    trustedAudiences: [],
    userinfoAtSignIn: "when-needed",
  });
  expect(Object.isFrozen(settings)).toBe(true);
});

test.each([
  ["issuer", { issuer: "http://idp.example" }],
  ["issuer", { issuer: "https://idp.example/?a=b" }],
  ["issuer", { issuer: "https://idp.example/#a" }],
  ["issuer", { issuer: "idp.example" }],
  ["issuer", { issuer: undefined }],
  ["issuer", { issuer: "http://idp.example", dangerouslyAllowHttp: "loopback" }],
  ["issuer", { issuer: "http://127.0.0.1:4000" }],
  ["clientId", { clientId: "" }],
  ["clientSecret", { clientSecret: "" }],
  ["scope", { scope: "" }],
  ["scope", { scope: "profile email" }],
  ["scope", { scope: "openid  profile" }],
  ["scope", { scope: 'openid "x"' }],
  ["scope", { scope: ["openid"] }],
  ["resources", { resources: [""] }],
  ["resources", { resources: ["/v1"] }],
  ["resources", { resources: ["https://api.example/#a"] }],
  ["resources", { resources: "https://api.example/" }],
  ["redirectUri", { redirectUri: "https://app.example/bff/callback?a=b" }],
  ["redirectUri", { redirectUri: "https://APP.example/bff/callback" }],
  ["redirectUri", { redirectUri: "/bff/callback" }],
  ["redirectUri", { redirectUri: "http://app.example/bff/callback" }],
  ["postLogoutRedirectUri", { postLogoutRedirectUri: "" }],
  ["endpoints.token", { endpoints: { token: "http://idp.example/token" } }],
  ["endpoints.revocation", { endpoints: { revocation: "" } }],
  ["endpoints.userinfo", { endpoints: { userinfo: "/userinfo" } }],
  ["endpoints.introspection", { endpoints: { introspection: 7 } }],
  ["endpoints.endSession", { endpoints: { endSession: null } }],
  ["endpoints.authorization", { endpoints: { authorization: "https://idp.example/authorize?scope=a" } }],
  ["endpoints.authorization", { endpoints: { authorization: "https://idp.example/authorize?a=b&state=" } }],
  [
    "endpoints.endSession",
    { endpoints: { endSession: "https://idp.example/logout?post_logout_redirect_uri=x" } },
  ],
  ["endpoints.token", { endpoints: { token: "https://idp.example/token?client_id=x" } }],
  ["endpoints.refresh", { endpoints: { refresh: "https://idp.example/token?grant_type=x" } }],
  ["endpoints.revocation", { endpoints: { revocation: "https://idp.example/revoke?token=x" } }],
  ["endpoints.introspection", { endpoints: { introspection: "https://idp.example/i?token_type_hint=x" } }],
  ["endpoints.tokeninfo", { endpoints: { tokeninfo: "https://idp.example/i?access_token=x" } }],
  ["endpoints.userinfo", { endpoints: { userinfo: "https://idp.example/me?access_token=x" } }],
  ["prompt", { prompt: "none" }],
  ["prompt", { prompt: "consent none" }],
  ["prompt", { prompt: " consent" }],
  ["prompt", { prompt: "consent,login" }],
  ["prompt", { prompt: ["consent"] }],
  ["clientSecret", { clientSecret: "half \ud800" }],
  ["endSessionParameters", { endSessionParameters: [] }],
  ["endSessionParameters", { endSessionParameters: { "a b": "c" } }],
  ["endSessionParameters.a", { endSessionParameters: { a: 7 } }],
  ["endSessionParameters.a", { endSessionParameters: { a: "{client_secret}" } }],
  ["endSessionParameters.a", { endSessionParameters: { a: "{state" } }],
  ["idTokenAlgorithms", { idTokenAlgorithms: [] }],
  ["idTokenAlgorithms", { idTokenAlgorithms: ["none"] }],
  ["idTokenAlgorithms", { idTokenAlgorithms: ["RS256", "HS256"] }],
])("S-001 S-040 names %s in %j", (setting, change) => {
  expect(settingsNamed(change)).toContain(setting);
});

test.each(["https://idp.example/authorize", "https://idp.example/authorize?tenant=a&p=B2C_1_signin"])(
  "accepts an endpoint with a query of its own (%s)",
  (authorization) => {
    expect(
      settingsNamed({ endpoints: { authorization, jwks: "https://idp.example/keys?client_id=a" } }),
    ).toEqual([]);
  },
);

test("without discovery it names every endpoint that is missing", () => {
  expect(settingsNamed({ discovery: false })).toEqual([
    "endpoints.authorization",
    "endpoints.token",
    "endpoints.jwks",
  ]);
});

test("names all problems at once", () => {
  expect(settingsNamed({ issuer: "x", clientId: "", clientSecret: "", scope: "" })).toEqual([
    "issuer",
    "clientId",
    "clientSecret",
    "scope",
  ]);
});

test("never repeats a secret or what was written", () => {
  const secret = "very-secret-very-secret";
  const change = { issuer: `https://ada:${secret}@idp.example`, clientSecret: secret, scope: "" };
  expect(problemsOf(change).length).toBeGreaterThan(1);
  expect(JSON.stringify(problemsOf(change))).not.toContain(secret);
});

test("the factory throws at once, before anybody is contacted", () => {
  const ports = { fetch: () => Promise.reject(new Error("contacted")), nowMs: () => 0 };
  expect(() => createProvider({ ...CONFIG, clientSecret: "" }, ports)).toThrow(
    expect.objectContaining({ name: "OAuthError", code: "config_invalid" }),
  );
});
