import { createHash } from "node:crypto";
import { metadataMember } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const BY_HAND = {
  discovery: false,
  endpoints: {
    authorization: "https://idp.example/authorize",
    token: "https://idp.example/token",
    jwks: "https://idp.example/jwks",
  },
};
const parametersOf = (url: string): URLSearchParams => new URL(url).searchParams;

test("S-001 asks for a code and nothing else", async () => {
  const { provider } = await simulateSignIn();
  const { url } = await provider.beginLogin();
  expect(parametersOf(url).getAll("response_type")).toEqual(["code"]);
});

test("S-002 S-003 S-004 gives every sign-in its own verifier, state and nonce of 256 bits", async () => {
  const { provider } = await simulateSignIn();
  const transactions = await Promise.all(
    Array.from({ length: 1_000 }, async () => (await provider.beginLogin()).transaction),
  );
  const secrets = transactions.flatMap(({ state, nonce, codeVerifier }) => [state, nonce, codeVerifier]);
  expect(new Set(secrets).size).toBe(3_000);
  expect(secrets.every((secret) => /^[\w-]{43}$/.test(secret))).toBe(true);
});

test("S-002 sends the S256 challenge of the verifier that the transaction keeps", async () => {
  const { provider } = await simulateSignIn();
  const { url, transaction } = await provider.beginLogin();
  expect(parametersOf(url).get("code_challenge_method")).toBe("S256");
  expect(parametersOf(url).get("code_challenge")).toBe(
    createHash("sha256").update(transaction.codeVerifier).digest("base64url"),
  );
});

test.each([undefined, [], ["plain"]])("S-005 sends S256 where the metadata lists %j", async (methods) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(metadataMember("code_challenge_methods_supported", methods));
  const { url } = await provider.beginLogin();
  expect(parametersOf(url).get("code_challenge_method")).toBe("S256");
  expect(parametersOf(url).get("state")).not.toBe(null);
  expect(parametersOf(url).get("nonce")).not.toBe(null);
});

test("S-006 the transaction holds all that the callback goes by", async () => {
  const { provider } = await simulateSignIn({ resources: ["https://api.example/"] });
  const { url, transaction } = await provider.beginLogin({ maxAge: 60, acrValues: "gold" });
  expect(transaction).toMatchObject({
    iss: CONFIG.issuer,
    clientId: CONFIG.clientId,
    redirectUri: CONFIG.redirectUri,
    scope: CONFIG.scope,
    resources: ["https://api.example/"],
    maxAge: 60,
    acrValues: "gold",
    state: parametersOf(url).get("state"),
    nonce: parametersOf(url).get("nonce"),
  });
  expect(JSON.parse(JSON.stringify(transaction))).toEqual(transaction);
});

test("S-009 a login hint can't add a parameter", async () => {
  const { provider } = await simulateSignIn();
  const { url } = await provider.beginLogin({
    parameters: { login_hint: "ada&scope=admin&redirect_uri=https://evil.example/" },
  });
  expect(parametersOf(url).getAll("scope")).toEqual([CONFIG.scope]);
  expect(parametersOf(url).getAll("redirect_uri")).toEqual([CONFIG.redirectUri]);
});

test("S-010 asks for the configured scopes and resources, whatever the provider supports", async () => {
  const { provider, idp } = await simulateSignIn({ resources: ["https://a.example/", "https://b.example/"] });
  idp.lie(metadataMember("scopes_supported", ["openid", "admin"]));
  const { url } = await provider.beginLogin();
  expect(parametersOf(url).getAll("scope")).toEqual([CONFIG.scope]);
  expect(parametersOf(url).getAll("resource")).toEqual(["https://a.example/", "https://b.example/"]);
});

test("sends prompt, max_age and acr_values as they are asked for", async () => {
  const { provider } = await simulateSignIn();
  const { url } = await provider.beginLogin({ prompt: "login", maxAge: 0, acrValues: "gold silver" });
  expect(Object.fromEntries(parametersOf(url))).toMatchObject({
    prompt: "login",
    max_age: "0",
    acr_values: "gold silver",
  });
});

const OFFLINE = "openid offline_access";

test.each([
  ["nothing", { scope: "openid" }, undefined, null],
  ["consent with offline_access, which is dropped without", { scope: OFFLINE }, undefined, "consent"],
  ["no consent where configuration says so", { scope: OFFLINE, prompt: "" }, undefined, null],
  ["what is configured", { scope: OFFLINE, prompt: "select_account" }, undefined, "select_account"],
  ["several things", { scope: "openid", prompt: "login consent" }, undefined, "login consent"],
  ["what one sign-in asks", { scope: "openid", prompt: "select_account" }, "login", "login"],
  ["what one sign-in asks beside consent", { scope: OFFLINE }, "login", "login consent"],
  ["consent once", { scope: OFFLINE }, "consent", "consent"],
  ["for no dialog at all", { scope: OFFLINE }, "none", "none"],
  ["what one sign-in asks, where none is sent", { scope: OFFLINE, prompt: "" }, "login", "login"],
] as const)("asks for %s (%j, %s)", async (_what, config, prompt, sent) => {
  const { provider } = await simulateSignIn(config);
  const { url } = await provider.beginLogin(prompt === undefined ? {} : { prompt });
  expect(parametersOf(url).get("prompt")).toBe(sent);
});

test.each([
  "https://login.microsoftonline.com/8f6b/v2.0",
  "https://login.microsoftonline.us/8f6b/v2.0",
  "https://login.partner.microsoftonline.cn/8f6b/v2.0",
  "https://sts.windows.net/8f6b/",
  "https://contoso.ciamlogin.com/8f6b/v2.0",
  "https://contoso.b2clogin.com/8f6b/v2.0/",
  "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1",
])("forces no consent at %s, where it would lock people out or says nothing", async (issuer) => {
  const config = { issuer, scope: OFFLINE, ...BY_HAND };
  const { provider } = await simulateSignIn(config);
  expect(parametersOf((await provider.beginLogin()).url).has("prompt")).toBe(false);
  const asking = await simulateSignIn({ ...config, prompt: "consent" });
  expect(parametersOf((await asking.provider.beginLogin()).url).get("prompt")).toBe("consent");
});

test.each([
  "https://login.microsoftonline.com.evil.example",
  "https://evil.example/login.microsoftonline.com",
])("takes %s for any other provider", async (issuer) => {
  const { provider } = await simulateSignIn({ issuer, scope: OFFLINE, ...BY_HAND });
  expect(parametersOf((await provider.beginLogin()).url).get("prompt")).toBe("consent");
});

test("takes its randomness from the port", async () => {
  const { createProvider } = await import("../provider.ts");
  const { internet, clock } = await simulateSignIn();
  const provider = createProvider(CONFIG, {
    fetch: internet.fetch,
    nowMs: clock.nowMs,
    randomBytes: (byteCount) => new Uint8Array(byteCount).fill(7),
  });
  const { transaction } = await provider.beginLogin();
  expect(transaction.state).toBe(Buffer.alloc(32, 7).toString("base64url"));
});
