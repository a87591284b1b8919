import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import type { JSONWebKeySet, JWK } from "jose";
import { metadataMember } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { OAuthEvent } from "../oauth-event.ts";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { keySet, makeClientKey } from "./client-keys.fixture.ts";

const { jwk: rsa } = await makeClientKey("PS256");
const { jwk: ec, kid: ecKid } = await makeClientKey("ES256");
const { jwk: ed } = await makeClientKey("EdDSA");
const KEYS: readonly (readonly [string, JWK])[] = [
  ["PS256", rsa],
  ["ES256", ec],
  ["EdDSA", ed],
];
const LONG_SECRET = "s:%+ /é-_.~!*'() of more than 32 bytes";

/** A client with keys, at a provider that fetches them from it. */
async function simulateKeyClient(...keys: readonly JWK[]) {
  const published: { current?: () => Promise<JSONWebKeySet> } = {};
  const simulated = await simulateSignIn(
    { clientAuth: "private_key_jwt", clientKeys: keySet(...keys) },
    { clientKeys: () => published.current?.() ?? { keys: [] } },
  );
  published.current = async () => (await simulated.provider.publicKeys?.()) as JSONWebKeySet;
  return { ...simulated, published };
}

const adviceIn = (events: readonly OAuthEvent[]) =>
  events.flatMap((event) => (event.event === "client_refused" ? [event.advice] : []));

test.each(KEYS)(
  "S-018 proves itself by %s at the token endpoint, for code and refresh, and at revocation, with an assertion of its own each",
  async (alg, key) => {
    const { provider, idp, signInAndKeep, clock } = await simulateKeyClient(key);
    const kept = await signInAndKeep();
    expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
    expect(await provider.revoke(kept.refreshToken)).toEqual({ kind: "revoked" });
    const requests = [...idp.requestsTo("token"), ...idp.requestsTo("revocation")];
    const assertions = requests.map(({ form }) => form.get("client_assertion") ?? "");
    const nowSeconds = Math.floor(clock.nowMs() / 1_000);
    for (const assertion of assertions) {
      expect(decodeProtectedHeader(assertion)).toEqual({ alg, kid: key.kid });
      expect(decodeJwt(assertion)).toEqual({
        iss: CONFIG.clientId,
        sub: CONFIG.clientId,
        aud: ISSUER,
        iat: nowSeconds,
        exp: nowSeconds + 60,
        jti: expect.stringMatching(/^[\w-]{22,}$/),
      });
    }
    expect(new Set(assertions.map((assertion) => decodeJwt(assertion).jti)).size).toBe(3);
    for (const { form, headers } of requests) {
      expect([form.has("client_secret"), headers.has("authorization")]).toEqual([false, false]);
    }
  },
);

test("S-017 S-018 signs with the secret by client_secret_jwt, and sends it nowhere", async () => {
  const { signInAndKeep, provider, idp, internet } = await simulateSignIn(
    { clientAuth: "client_secret_jwt", clientSecret: LONG_SECRET },
    { clientSecret: LONG_SECRET },
  );
  expect(await provider.refreshGrant(await signInAndKeep())).toMatchObject({ kind: "success" });
  const [first] = idp.requestsTo("token");
  expect(decodeProtectedHeader(first?.form.get("client_assertion") ?? "")).toEqual({ alg: "HS256" });
  const sent = internet.requests.map(({ url, body }) =>
    decodeURIComponent(url.href + body.replaceAll("+", " ")),
  );
  expect(sent.filter((text) => text.includes(LONG_SECRET))).toEqual([]);
});

test("S-018 publishes the public halves of all keys and signs with the first, so that a key can be rotated in", async () => {
  const { jwk: next } = await makeClientKey("ES256");
  const before = await simulateKeyClient(ec, next);
  const { keys } = (await before.provider.publicKeys?.()) ?? { keys: [] };
  expect(keys.map(({ kid, alg, use }) => [kid, alg, use])).toEqual([
    [ec.kid, "ES256", "sig"],
    [next.kid, "ES256", "sig"],
  ]);
  expect(Object.keys(Object.assign({}, ...keys)).toSorted()).toEqual([
    "alg",
    "crv",
    "kid",
    "kty",
    "use",
    "x",
    "y",
  ]);
  expect((await before.signIn()).outcome).toMatchObject({ kind: "signed_in" });

  // What the provider fetched before the new key came first is good for it.
  const after = await simulateKeyClient(next, ec);
  after.published.current = async () => ({ keys: [...keys] });
  expect((await after.signIn()).outcome).toMatchObject({ kind: "signed_in" });
  expect(
    decodeProtectedHeader(after.idp.requestsTo("token")[0]?.form.get("client_assertion") ?? "").kid,
  ).toBe(next.kid);
});

test("S-018 names a key without a name by its thumbprint", async () => {
  const { kid: _kid, ...unnamed } = ec;
  const { provider, idp, signIn } = await simulateKeyClient(unnamed);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const thumbprint = createHash("sha256")
    .update(JSON.stringify({ crv: ec.crv, kty: ec.kty, x: ec.x, y: ec.y }))
    .digest("base64url");
  expect([thumbprint, (await provider.publicKeys?.())?.keys[0]?.kid]).toEqual([ecKid, ecKid]);
  expect(decodeProtectedHeader(idp.requestsTo("token")[0]?.form.get("client_assertion") ?? "").kid).toBe(
    ecKid,
  );
});

test("a key that the provider doesn't know is refused by name, and the log says where the provider finds it", async () => {
  const { signIn, events, published } = await simulateKeyClient(ec);
  published.current = async () => ({ keys: [] });
  expect((await signIn()).outcome).toMatchObject({ kind: "refused", reason: "client_refused" });
  expect(adviceIn(events)[0]).toMatch(/\/bff\/jwks\.json.*OAUTH_CLIENT_KEYS/);
  expect(adviceIn(events)[0]).toContain(ec.kid);
});

test("a clock that is ahead of the provider's is told with the fix, and ends no session", async () => {
  const ahead = { seconds: 0 };
  const { signInAndKeep, provider, idp, clock, events } = await simulateKeyClient(ec);
  const kept = await signInAndKeep();
  await clock.advance(90_000);
  ahead.seconds = 90;
  // The provider's own clock stands where it was: it says so, and refuses what was signed in its future.
  idp.lie({
    name: "clock behind",
    reply: (endpoint, reply) =>
      endpoint === "token"
        ? {
            status: 401,
            headers: {
              "content-type": "application/json",
              date: new Date(clock.nowMs() - ahead.seconds * 1_000).toUTCString(),
            },
            body: JSON.stringify({ error: "invalid_client" }),
          }
        : reply,
  });
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "client", reason: "invalid_client" });
  expect(adviceIn(events)[0]).toMatch(/clock is (?:89|90|91) seconds ahead .*NTP/);
});

test("a key whose halves don't fit together is told at once, and nothing is sent with it", async () => {
  const { jwk: other } = await makeClientKey("ES256");
  const { provider, idp, events, signIn } = await simulateKeyClient({ ...ec, d: other.d ?? "" });
  await expect.poll(() => events.map(({ event }) => event)).toContain("client_key_unusable");
  expect(provider.setupProblem()).toBe("client_key_unusable");
  expect((await signIn()).outcome).toMatchObject({ kind: "refused", reason: "request_not_possible" });
  expect(idp.requestsTo("token")).toEqual([]);
  const request = { refreshToken: "a", resource: "", iss: ISSUER, sub: "ada" };
  expect(await provider.refreshGrant(request)).toEqual({ kind: "unsent", reason: "request_not_possible" });
});

test.each([
  [["client_secret_basic"], undefined, [/OAUTH_CLIENT_AUTH=client_secret_basic/]],
  [["none"], undefined, [/lists none of .*private_key_jwt/]],
  [["private_key_jwt"], ["RS256"], [/doesn't list ES256.*RS256/]],
  [["private_key_jwt"], ["RS256", "ES256"], []],
  [undefined, undefined, []],
])(
  "metadata that lists %j and %j for a client with an ES256 key is told: %s",
  async (methods, algorithms, advice) => {
    const { provider, idp, events } = await simulateKeyClient(ec);
    idp.lie(
      ...(methods === undefined ? [] : [metadataMember("token_endpoint_auth_methods_supported", methods)]),
      ...(algorithms === undefined
        ? []
        : [metadataMember("token_endpoint_auth_signing_alg_values_supported", algorithms)]),
    );
    await provider.discover();
    const advised = events.flatMap((event) =>
      event.event === "client_auth_not_listed" ? [event.advice] : [],
    );
    expect(advised).toEqual(advice.map((pattern) => expect.stringMatching(pattern) as string));
  },
);
