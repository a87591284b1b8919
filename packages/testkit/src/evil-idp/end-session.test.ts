import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { expect, test } from "vitest";
import { createFakeClock } from "../fake-clock.ts";
import { createEvilIdp } from "./evil-idp.ts";
import type { EvilIdp } from "./evil-idp.ts";
import {
  ABSENT,
  logoutTokenByOtherKey,
  logoutTokenClaim,
  logoutTokenHeader,
  logoutTokenUnsigned,
  postLogoutParameter,
  userinfoReplaced,
  userinfoSigned,
} from "./lies/index.ts";

const ISSUER = "https://idp.example";
const HOME = "https://app.example/";

interface SignedIn {
  readonly idp: EvilIdp;
  readonly delivered: readonly string[];
  readonly accessToken: string;
  readonly idToken: string;
  readonly now: Date;
  readonly signOut: (change?: Record<string, string>) => Promise<Response>;
}

async function signIn(): Promise<SignedIn> {
  const clock = createFakeClock();
  const delivered: string[] = [];
  const client = { clientId: "client", clientSecret: "secret" };
  const idp = await createEvilIdp({
    issuer: ISSUER,
    ...client,
    nowMs: clock.nowMs,
    postLogoutRedirectUri: HOME,
    deliverLogoutToken: async (token) => void delivered.push(token),
  });
  const challenge = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"; // of an empty verifier
  const asked = {
    client_id: "client",
    redirect_uri: HOME,
    scope: "openid",
    nonce: "n",
    code_challenge: challenge,
  };
  const code = new URLSearchParams(
    await idp.signIn(`${ISSUER}/authorize?${new URLSearchParams(asked).toString()}`),
  ).get("code");
  const form = { client_id: "client", client_secret: "secret", redirect_uri: HOME, code: code ?? "" };
  const response = await idp.app.request(`${ISSUER}/token`, {
    method: "POST",
    body: new URLSearchParams({ ...form, grant_type: "authorization_code" }),
  });
  const tokens = (await response.json()) as { access_token: string; id_token: string };
  return {
    idp,
    delivered,
    accessToken: tokens.access_token,
    idToken: tokens.id_token,
    now: new Date(clock.nowMs()),
    signOut: async (change = {}) => {
      const query = { id_token_hint: tokens.id_token, post_logout_redirect_uri: HOME, state: "s", ...change };
      return idp.app.request(`${ISSUER}/logout?${new URLSearchParams(query).toString()}`);
    },
  };
}

async function keysOf(idp: EvilIdp): Promise<JSONWebKeySet> {
  return (await idp.app.request(`${ISSUER}/jwks`)).json() as Promise<JSONWebKeySet>;
}

test("tells the client by a logout token, and sends the browser back with its state", async () => {
  const { idp, delivered, idToken, now, signOut } = await signIn();
  const response = await signOut();
  expect([response.status, response.headers.get("location")]).toEqual([302, `${HOME}?state=s`]);
  expect(delivered).toHaveLength(1);
  const keys = createLocalJWKSet(await keysOf(idp));
  const { payload, protectedHeader } = await jwtVerify(delivered[0] ?? "", keys, { currentDate: now });
  expect(protectedHeader.typ).toBe("logout+jwt");
  const { sub, sid } = decodeJwt(idToken);
  expect(payload).toMatchObject({ iss: ISSUER, aud: "client", sub, sid, jti: expect.any(String) });
});

test.each([{ id_token_hint: "other" }, { post_logout_redirect_uri: "https://evil.example/" }])(
  "signs nobody out for %j",
  async (change) => {
    const { delivered, signOut } = await signIn();
    expect((await signOut(change)).status).toBe(400);
    expect(delivered).toEqual([]);
  },
);

test.each([[ABSENT, HOME] as const, ["other", `${HOME}?state=other`] as const])(
  "lies about the state: %s",
  async (value, location) => {
    const { idp, signOut } = await signIn();
    idp.lie(postLogoutParameter("state", value));
    expect((await signOut()).headers.get("location")).toBe(location);
  },
);

test("lies in the logout token, well signed and not", async () => {
  const { idp, delivered, now, signOut } = await signIn();
  idp.lie(logoutTokenClaim("sub", "mallory"), logoutTokenHeader("typ", "JWT"));
  await signOut();
  const [lied = ""] = delivered;
  expect([decodeJwt(lied).sub, decodeProtectedHeader(lied).typ]).toEqual(["mallory", "JWT"]);
  idp.lie(logoutTokenByOtherKey("ES256"));
  await signOut();
  const keys = createLocalJWKSet(await keysOf(idp));
  const { protectedHeader } = await jwtVerify(delivered[1] ?? "", keys, { currentDate: now });
  expect(protectedHeader.alg).toBe("ES256");
  idp.lie(logoutTokenUnsigned());
  await signOut();
  expect([decodeProtectedHeader(delivered[2] ?? "").alg, delivered[2]?.endsWith(".")]).toEqual([
    "none",
    true,
  ]);
});

test("answers UserInfo with a JWT when told so, and with any text", async () => {
  const { idp, accessToken, now } = await signIn();
  const ask = (): Promise<Response> =>
    Promise.resolve(
      idp.app.request(`${ISSUER}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } }),
    );
  idp.lie(userinfoSigned({}, { aud: "client" }));
  const signed = await ask();
  expect(signed.headers.get("content-type")).toBe("application/jwt");
  const keys = createLocalJWKSet(await keysOf(idp));
  const { payload } = await jwtVerify(await signed.text(), keys, { currentDate: now });
  expect(payload).toMatchObject({ sub: "ada", aud: "client" });
  idp.lie(userinfoReplaced("a.b.c"));
  expect(await (await ask()).text()).toBe("a.b.c");
});

test("changes its key under another name, or under the same", async () => {
  const { idp } = await signIn();
  const [first] = (await keysOf(idp)).keys;
  await idp.rotateKeys("key-1");
  const [second] = (await keysOf(idp)).keys;
  expect([first?.kid, second?.kid, first?.n === second?.n]).toEqual(["key-1", "key-1", false]);
  await idp.rotateKeys();
  expect((await keysOf(idp)).keys.map(({ kid }) => kid)).toEqual(["key-3"]);
});
