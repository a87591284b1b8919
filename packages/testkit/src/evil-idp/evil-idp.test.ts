import { createHash } from "node:crypto";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { expect, test } from "vitest";
import { createFakeClock } from "../fake-clock.ts";
import type { FakeClock } from "../fake-clock.ts";
import { createEvilIdp } from "./evil-idp.ts";
import type { EvilIdp, EvilIdpOptions } from "./evil-idp.ts";
import {
  ABSENT,
  authorizationError,
  authorizationParameter,
  idTokenClaim,
  idTokenHeader,
  idTokenSignedByStranger,
  idTokenSignedWithPublicKey,
  idTokenTampered,
  idTokenUnsigned,
  metadataMember,
  onlyOnRefresh,
  publishedKeys,
  redirect,
  repeatedAuthorizationParameter,
  replacedReply,
  tokenResponseMember,
  userinfoClaim,
} from "./lies/index.ts";

const ISSUER = "https://idp.example";
const VERIFIER = "verifier-of-forty-three-characters-at-least";
const REDIRECT_URI = "https://app.example/callback";

type Tokens = Record<"access_token" | "refresh_token" | "id_token", string>;

interface Simulated {
  readonly idp: EvilIdp;
  readonly clock: FakeClock;
  readonly post: (path: string, form: Record<string, string>) => Promise<Response>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  readonly authorize: () => Promise<URLSearchParams>;
  readonly redeem: () => Promise<Tokens>;
  readonly refresh: (refreshToken: string, more?: Record<string, string>) => Promise<Response>;
}

function codeForm(code: string) {
  return {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  };
}

async function simulate(options: Partial<EvilIdpOptions> = {}): Promise<Simulated> {
  const clock = createFakeClock();
  const client = { clientId: "client", clientSecret: "secret" };
  const idp = await createEvilIdp({ issuer: ISSUER, ...client, nowMs: clock.nowMs, ...options });
  const credentials = { client_id: "client", client_secret: "secret" };
  const post: Simulated["post"] = async (path, form) =>
    idp.app.request(ISSUER + path, {
      method: "POST",
      body: new URLSearchParams({ ...credentials, ...form }),
    });
  const authorize = async (): Promise<URLSearchParams> => {
    const query = new URLSearchParams({
      client_id: "client",
      redirect_uri: REDIRECT_URI,
      scope: "openid",
      state: "state",
      nonce: "nonce",
      code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    });
    return new URLSearchParams(await idp.signIn(`${ISSUER}/authorize?${query.toString()}`));
  };
  return {
    idp,
    clock,
    post,
    authorize,
    get: async (path, headers = {}) => idp.app.request(ISSUER + path, { headers }),
    async redeem() {
      const code = (await authorize()).get("code") ?? "";
      return (await (await post("/token", codeForm(code))).json()) as Tokens;
    },
    refresh: (refreshToken, more = {}) =>
      post("/token", { grant_type: "refresh_token", refresh_token: refreshToken, ...more }),
  };
}

test("signs in honestly until it is told to lie", async () => {
  const { redeem, get, clock } = await simulate();
  const tokens = await redeem();
  const keySet = createLocalJWKSet((await (await get("/jwks")).json()) as JSONWebKeySet);
  const currentDate = new Date(clock.nowMs());
  const { payload } = await jwtVerify(tokens.id_token, keySet, {
    issuer: ISSUER,
    audience: "client",
    currentDate,
  });
  expect(payload).toMatchObject({ sub: "ada", nonce: "nonce" });
  const profile = await get("/userinfo", { authorization: `Bearer ${tokens.access_token}` });
  expect(await profile.json()).toMatchObject({ sub: "ada" });
});

test.each([
  ["another verifier", { code_verifier: "x" }],
  ["another redirect URI", { redirect_uri: "https://evil.example/" }],
  ["another code", { code: "x" }],
])("redeems no code with %s", async (_name, change) => {
  const { authorize, post } = await simulate();
  const code = (await authorize()).get("code") ?? "";
  const response = await post("/token", { ...codeForm(code), ...change });
  expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_grant" }]);
});

test("asks for the client's secret, by exactly one method", async () => {
  const { post, idp } = await simulate();
  expect((await post("/token", { client_secret: "wrong" })).status).toBe(401);
  const both = await idp.app.request(`${ISSUER}/introspect`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("client:secret")}` },
    body: new URLSearchParams({ client_secret: "secret" }),
  });
  expect(both.status).toBe(401);
});

test("rotates refresh tokens, and ends the grant when a spent one comes again", async () => {
  const { redeem, refresh, idp, get } = await simulate();
  const first = await redeem();
  const second = (await (await refresh(first.refresh_token)).json()) as Tokens;
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect(idp.reuseCount()).toBe(0);
  expect((await refresh(first.refresh_token)).status).toBe(400);
  expect((await refresh(second.refresh_token)).status).toBe(400);
  expect((await get("/userinfo", { authorization: `Bearer ${second.access_token}` })).status).toBe(401);
  expect(idp.reuseCount()).toBe(1);
});

test("keeps a refresh token where it doesn't rotate", async () => {
  const { redeem, refresh } = await simulate({ rotation: "none" });
  const { refresh_token: refreshToken } = await redeem();
  for (const _round of [1, 2]) {
    const response = await refresh(refreshToken);
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.not.objectContaining({ refresh_token: expect.anything() }),
    ]);
  }
});

test("gives a JWT for a resource and an opaque token without", async () => {
  const { redeem, refresh } = await simulate();
  const first = await redeem();
  expect(first.access_token.split(".")).toHaveLength(1);
  const refreshed = await refresh(first.refresh_token, { resource: "https://api.example/" });
  const { access_token: token } = (await refreshed.json()) as Tokens;
  expect(decodeProtectedHeader(token)).toMatchObject({ typ: "at+jwt" });
  expect(decodeJwt(token)).toMatchObject({ aud: "https://api.example/", sub: "ada" });
});

test("introspects and revokes", async () => {
  const { redeem, post, clock } = await simulate();
  const tokens = await redeem();
  const introspect = async (): Promise<unknown> =>
    (await post("/introspect", { token: tokens.access_token })).json();
  expect(await introspect()).toMatchObject({ active: true, sub: "ada" });
  await clock.advance(300_000);
  expect(await introspect()).toEqual({ active: false });
  await post("/revoke", { token: tokens.refresh_token });
  expect(
    (await post("/token", { grant_type: "refresh_token", refresh_token: tokens.refresh_token })).status,
  ).toBe(400);
});

test("records every request and every secret that it ever issued", async () => {
  const { redeem, refresh, idp } = await simulate();
  const first = await redeem();
  const second = (await (await refresh(first.refresh_token)).json()) as Tokens;
  expect(idp.requests.map(({ url }) => url.pathname)).toEqual(["/authorize", "/token", "/token"]);
  expect(idp.requestsTo("token").map(({ form }) => form.get("grant_type"))).toEqual([
    "authorization_code",
    "refresh_token",
  ]);
  const code = idp.requestsTo("token")[0]?.form.get("code");
  const secrets = [first, second].flatMap((tokens) => [
    tokens.access_token,
    tokens.refresh_token,
    tokens.id_token,
  ]);
  expect(idp.issuedSecrets()).toEqual(expect.arrayContaining([...secrets, code, VERIFIER, "secret"]));
});

test("lies about the metadata, and tells the truth again", async () => {
  const { idp, get } = await simulate();
  const metadata = async (): Promise<unknown> => (await get("/.well-known/openid-configuration")).json();
  idp.lie(metadataMember("issuer", "https://evil.example"), metadataMember("jwks_uri", ABSENT));
  expect(await metadata()).toMatchObject({ issuer: "https://evil.example" });
  expect(await metadata()).not.toHaveProperty("jwks_uri");
  idp.stopLying();
  expect(await metadata()).toMatchObject({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` });
});

test("lies in the authorization response", async () => {
  const { idp, authorize } = await simulate();
  idp.lie(authorizationParameter("iss", ABSENT), repeatedAuthorizationParameter("state", "second"));
  expect([...(await authorize()).getAll("state")]).toEqual(["state", "second"]);
  expect((await authorize()).has("iss")).toBe(false);
  idp.lie(authorizationError("access_denied", "no"));
  expect(Object.fromEntries(await authorize())).toMatchObject({
    error: "access_denied",
    error_description: "no",
  });
  expect((await authorize()).has("code")).toBe(false);
});

test("lies in the token response, on refresh only if told so", async () => {
  const { idp, redeem, refresh } = await simulate();
  idp.lie(onlyOnRefresh(tokenResponseMember("token_type", "lie")), tokenResponseMember("scope", ABSENT));
  const tokens = await redeem();
  expect(tokens).toMatchObject({ token_type: "Bearer" });
  expect(tokens).not.toHaveProperty("scope");
  expect(await (await refresh(tokens.refresh_token)).json()).toMatchObject({ token_type: "lie" });
});

async function isVerified({ redeem, get, clock }: Simulated): Promise<boolean> {
  const { id_token: idToken } = await redeem();
  const keySet = createLocalJWKSet((await (await get("/jwks")).json()) as JSONWebKeySet);
  return jwtVerify(idToken, keySet, { currentDate: new Date(clock.nowMs()) }).then(
    () => true,
    () => false,
  );
}

test("a lie in a claim or in the header is well signed", async () => {
  const simulated = await simulate();
  simulated.idp.lie(idTokenClaim("sub", "mallory"), idTokenHeader("typ", "at+jwt"));
  expect(await isVerified(simulated)).toBe(true);
  const { id_token: idToken } = await simulated.redeem();
  expect([decodeJwt(idToken).sub, decodeProtectedHeader(idToken).typ]).toEqual(["mallory", "at+jwt"]);
});

test.each([
  ["stranger", idTokenSignedByStranger()],
  ["stranger with a key along", idTokenSignedByStranger("jwk")],
  ["nobody", idTokenUnsigned()],
  ["everybody", idTokenSignedWithPublicKey()],
  ["someone before a change", idTokenTampered({ sub: "mallory" })],
])("a token signed by %s doesn't verify", async (_name, lie) => {
  const simulated = await simulate();
  expect(await isVerified(simulated)).toBe(true);
  simulated.idp.lie(lie);
  expect(await isVerified(simulated)).toBe(false);
});

test("rotates its key, and lies about the keys that it publishes", async () => {
  const { idp, get } = await simulate();
  const keyIds = async (): Promise<unknown> =>
    ((await (await get("/jwks")).json()) as JSONWebKeySet).keys.map(({ kid }) => kid);
  expect(await keyIds()).toEqual(["key-1"]);
  await idp.rotateKeys();
  expect(await keyIds()).toEqual(["key-2"]);
  idp.lie(publishedKeys((keys) => [...keys, ...keys]));
  expect(await keyIds()).toEqual(["key-2", "key-2"]);
});

test("lies in UserInfo, and in whole replies", async () => {
  const { idp, redeem, get } = await simulate();
  const headers = { authorization: `Bearer ${(await redeem()).access_token}` };
  idp.lie(userinfoClaim("sub", "mallory"));
  expect(await (await get("/userinfo", headers)).json()).toMatchObject({ sub: "mallory" });
  idp.lie(replacedReply("userinfo", { status: 503, body: "down" }));
  const down = await get("/userinfo", headers);
  expect([down.status, await down.text()]).toEqual([503, "down"]);
  idp.lie(redirect("userinfo", "https://evil.example/", 308));
  expect((await get("/userinfo", headers)).headers.get("location")).toBe("https://evil.example/");
});
