import { ABSENT, replacedReply, tokenResponseMember, userinfoClaim } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { OAuthError } from "../oauth-error.ts";
import { createProvider } from "../provider.ts";
import { parseProviderConfig } from "../setup/provider-config.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { CONFIG, IDP_HOST, ISSUER, PLAIN_OAUTH, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import type { SimulatedSignIn } from "../simulated-sign-in.fixture.ts";
import { signedInAs } from "./signed-in.fixture.ts";

const simulatePlain = (config: Partial<ProviderConfig> = {}): Promise<SimulatedSignIn> =>
  simulateSignIn({ ...PLAIN_OAUTH, ...config });

const profile = (body: object) => replacedReply("userinfo", { body: JSON.stringify(body) });

test.each<[what: string, places: Record<string, string>, body: object, claims: object]>([
  ["a text", { sub: "sub" }, { sub: "u1" }, { sub: "u1" }],
  ["a whole number", { sub: "id" }, { id: 583231 }, { sub: "583231" }],
  ["a number as a text", { sub: "id" }, { id: "0007" }, { sub: "0007" }],
  ["zero", { sub: "id" }, { id: 0 }, { sub: "0" }],
  ["a member of a member", { sub: "data.id" }, { data: { id: "u1" } }, { sub: "u1" }],
  [
    "the first that says something",
    { sub: "id", name: "name|login|id" },
    { id: 7, name: null, login: "ada" },
    { sub: "7", name: "ada" },
  ],
  [
    "an empty text as nothing",
    { sub: "id", name: "name|login", email: "email" },
    { id: 7, name: "", login: "ada", email: "" },
    { sub: "7", name: "ada" },
  ],
  [
    "pictures, truths, and no objects",
    { sub: "id", picture: "picture.data.url", email_verified: "verified", address: "address" },
    { id: 7, picture: { data: { url: "https://p.example/1" } }, verified: false, address: { city: "A" } },
    { sub: "7", picture: "https://p.example/1", email_verified: false },
  ],
  [
    "nothing that an object inherits",
    { sub: "id", name: "constructor.name|toString", nickname: "__proto__.polluted" },
    { id: 7 },
    { sub: "7" },
  ],
])("a profile gives %s", async (_what, profileClaims, body, claims) => {
  const { idp, signIn, clock } = await simulatePlain({ profileClaims });
  idp.lie(profile(body));
  expect(signedInAs((await signIn()).outcome).claims).toEqual({
    ...claims,
    iss: ISSUER,
    iat: Math.floor(clock.nowMs() / 1_000),
  });
});

test("an ID token that comes all the same counts for nothing, and isn't kept", async () => {
  const { idp, signIn } = await simulatePlain();
  idp.lie(tokenResponseMember("id_token", "not.even.one"));
  const { claims, tokens } = signedInAs((await signIn()).outcome);
  expect(claims.sub).toBe("ada");
  expect(tokens).not.toHaveProperty("idToken");
});

test.each<[what: string, body: unknown, email: string | undefined]>([
  [
    "GitHub's list",
    [
      { email: "b@x.example", primary: false, verified: true },
      { email: "a@x.example", primary: true, verified: true },
    ],
    "a@x.example",
  ],
  [
    "Bitbucket's page",
    { values: [{ email: "a@x.example", is_primary: true, is_confirmed: true }] },
    "a@x.example",
  ],
  ["an unverified one", [{ email: "a@x.example", primary: true, verified: false }], undefined],
  ["an unconfirmed one", { values: [{ email: "a@x.example", is_primary: true }] }, undefined],
  ["no primary one", [{ email: "a@x.example", verified: true }], undefined],
  ["nothing", [], undefined],
  ["no list", "a@x.example", undefined],
])("the primary address is found in %s", async (_what, body, email) => {
  const emails = "https://api.example/emails";
  const { signIn, internet, events } = await simulatePlain({
    endpoints: { ...PLAIN_OAUTH.endpoints, emails },
  });
  internet.connect("api.example", () => Response.json(body));
  const { claims } = signedInAs((await signIn()).outcome);
  expect([claims["email"], claims["email_verified"]]).toEqual(
    email === undefined ? [undefined, undefined] : [email, true],
  );
  const leftOut = events.filter(({ event }) => event === "emails_left_out");
  expect(leftOut).toEqual(
    email === undefined ? [{ event: "emails_left_out", issuer: ISSUER, reason: "email_missing" }] : [],
  );
});

test.each([
  [undefined, 300],
  [60, 60],
  ["none", 10 * 366 * 86_400],
] as const)("a token of unknown life lives, with %s configured, for %i seconds", async (given, seconds) => {
  const { idp, signIn, clock } = await simulatePlain(
    given === undefined ? {} : { accessTokenSeconds: given },
  );
  idp.lie(tokenResponseMember("expires_in", ABSENT));
  const { tokens } = signedInAs((await signIn()).outcome);
  expect(tokens.expiresAt).toBe(clock.nowMs() + seconds * 1_000);
});

test("a life that the provider names counts, whatever is configured", async () => {
  const { signIn, clock } = await simulatePlain({ accessTokenSeconds: "none" });
  expect(signedInAs((await signIn()).outcome).tokens.expiresAt).toBe(clock.nowMs() + 300_000);
});

test("without PKCE neither challenge nor verifier is sent, and the log says what isn't noticed then", async () => {
  const { provider, idp, signIn, events } = await simulatePlain({ pkce: "never" });
  const { url } = await provider.beginLogin();
  expect([...new URL(url).searchParams.keys()].filter((name) => name.startsWith("code_challenge"))).toEqual(
    [],
  );
  await signIn();
  expect(idp.requestsTo("token").some(({ form }) => form.has("code_verifier"))).toBe(false);
  expect(events).toContainEqual(
    expect.objectContaining({ event: "sign_in_unchecked", unchecked: expect.arrayContaining(["code"]) }),
  );
});

test.each([
  [{ maxAge: 60 }, "auth_time_missing"],
  [{ acrValues: "gold" }, "acr_missing"],
])("S-046 a sign-in that was to prove %j is refused", async (request, reason) => {
  const { provider, idp } = await simulatePlain();
  const { url, transaction } = await provider.beginLogin(request);
  expect(await provider.finishLogin(await idp.signIn(url), transaction)).toEqual({ kind: "refused", reason });
});

test("a refresh is judged without an ID token, and fetches no keys", async () => {
  const { provider, signInAndKeep, idp, events } = await simulatePlain();
  const kept = await signInAndKeep();
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  expect(idp.requestsTo("jwks")).toEqual([]);
  expect(events.filter(({ event }) => event.startsWith("keys_"))).toEqual([]);
});

test("S-099 a logout token is refused: nobody's signature can be the provider's", async () => {
  const { provider, idp } = await simulatePlain();
  const claims = {
    iss: ISSUER,
    aud: CONFIG.clientId,
    iat: Date.UTC(2026, 0, 1) / 1_000,
    jti: "1",
    sub: "ada",
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
  };
  const token = await idp.signJwt({ typ: "logout+jwt" }, claims);
  expect(await provider.verifyLogoutToken(token)).toEqual({ kind: "refused", reason: "kid_unknown" });
});

test("RFC 8414: metadata is looked for between host and path, and asks for no keys", async () => {
  const { idp, internet, clock } = await simulateSignIn();
  const asked: string[] = [];
  internet.connect(IDP_HOST, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (!pathname.startsWith("/.well-known/")) return idp.app.fetch(request);
    return Response.json({
      issuer: `${ISSUER}/tenant`,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
    });
  });
  const { discovery: _, ...config } = CONFIG;
  const plain = {
    ...config,
    preset: "oauth2",
    issuer: `${ISSUER}/tenant`,
    scope: "profile",
    idTokenAlgorithms: undefined,
    profileClaims: { sub: "sub" },
    endpoints: { userinfo: `${ISSUER}/userinfo` },
  };
  const provider = createProvider(plain as unknown as ProviderConfig, {
    fetch: internet.fetch,
    nowMs: clock.nowMs,
  });
  await provider.discover();
  expect(asked).toEqual(["/.well-known/oauth-authorization-server/tenant"]);
  expect((await provider.beginLogin()).url).toContain(`${ISSUER}/authorize?`);
});

function problemsOf(change: object): readonly string[] {
  try {
    parseProviderConfig({ ...CONFIG, ...change });
    return [];
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return error.problems.map(({ field }) => field);
  }
}

test.each<[field: string, change: object]>([
  ["scope", { scope: "openid profile" }],
  ["scope", { scope: "a  b" }],
  ["profileClaims", { profileClaims: {} }],
  ["profileClaims", { profileClaims: { sub: "a..b" } }],
  ["profileClaims", { profileClaims: { sub: "id", name: "" } }],
  ["profileClaims", { profileClaims: { sub: "id", acr: "acr" } }],
  ["profileClaims", { profileClaims: { sub: "id", session_expiry: "exp" } }],
  ["idTokenAlgorithms", { idTokenAlgorithms: ["RS256"] }],
  ["trustedAudiences", { trustedAudiences: ["other"] }],
  ["logoutTokenStrict", { logoutTokenStrict: true }],
  ["userinfoAtSignIn", { userinfoAtSignIn: "always" }],
  ["signedResponses", { signedResponses: true }],
  ["endpoints.userinfo", { endpoints: { ...PLAIN_OAUTH.endpoints, userinfo: undefined } }],
  ["endpoints.emails", { endpoints: { ...PLAIN_OAUTH.endpoints, emails: "http://a.example" } }],
  ["issuer", { issuer: undefined }],
  ["preset", { security: "fapi2" }],
])("refuses a %s that plain OAuth can't use (%j)", (field, change) => {
  expect(problemsOf({ ...PLAIN_OAUTH, ...change })).toContain(field);
});

test.each<[field: string, change: object]>([
  ["profileClaims", { profileClaims: { sub: "id" } }],
  ["endpoints.emails", { endpoints: { emails: "https://idp.example/emails" } }],
  ["pkce", { pkce: "never" }],
])("refuses %s where there is an ID token", (field, change) => {
  expect(problemsOf(change)).toContain(field);
});

test("needs no scope", async () => {
  const { provider } = await simulatePlain({ scope: "" });
  expect(new URL((await provider.beginLogin()).url).searchParams.has("scope")).toBe(false);
});

test("the profile of somebody else is refused", async () => {
  const { provider, signIn, idp } = await simulatePlain();
  const { tokens } = signedInAs((await signIn()).outcome);
  idp.lie(userinfoClaim("sub", "mallory"));
  expect(await provider.userinfo({ accessToken: tokens.accessToken, sub: "ada" })).toEqual({
    kind: "refused",
    reason: "profile_sub_mismatch",
  });
});
