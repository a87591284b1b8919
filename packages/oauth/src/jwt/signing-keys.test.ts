import { publishedKeys, replacedReply } from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { exportJWK, generateKeyPair } from "jose";
import type { JWK } from "jose";
import { expect, test } from "vitest";
import { ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const otherKey = async (members: Partial<JWK>): Promise<JWK> => ({
  ...(await exportJWK((await generateKeyPair("RS256")).publicKey)),
  ...members,
});

test("S-050 takes the one key that fits where no key has an id", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(
    { name: "no-kid", idTokenDraft: ({ header }) => void delete header["kid"] },
    publishedKeys((keys) => keys.map(({ kid: _kid, ...key }) => key)),
  );
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-050 takes the one of several keys that verifies a token without key id", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(
    { name: "no-kid", idTokenDraft: ({ header }) => void delete header["kid"] },
    publishedKeys(async (keys) => [await otherKey({ kid: "other" }), ...keys]),
  );
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-050 isn't confused by two keys with one id", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(publishedKeys(async (keys) => [await otherKey({ kid: "key-1" }), ...keys]));
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each([
  ["of another use", (key: JWK): JWK => ({ ...key, use: "enc" })],
  ["of another algorithm", (key: JWK): JWK => ({ ...key, alg: "RS384" })],
  ["of another type", (key: JWK): JWK => ({ ...key, kty: "EC" })],
  ["that may not verify", (key: JWK): JWK => ({ ...key, key_ops: ["sign"] })],
])("S-040 doesn't verify with a key %s", async (_name, change) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(publishedKeys((keys) => keys.map(change)));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "key_unfit" });
});

test.each([
  ["kid of null", (key: JWK): object => ({ ...key, kid: null })],
  ["kid of nothing", (key: JWK): object => ({ ...key, kid: "" })],
  ["use of null", (key: JWK): object => ({ ...key, use: null })],
  ["use of nothing", (key: JWK): object => ({ ...key, use: "" })],
  ["alg of null", (key: JWK): object => ({ ...key, alg: null })],
  ["alg of nothing", (key: JWK): object => ({ ...key, alg: "" })],
  ["key_ops of null", (key: JWK): object => ({ ...key, key_ops: null })],
  ["key_ops of its private half, too", (key: JWK): object => ({ ...key, key_ops: ["sign", "verify"] })],
])("S-051 signs in with a key whose %s", async (_what, change) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(publishedKeys((keys) => keys.map((key) => change(key) as JWK)));
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each([null, 7, "key", []])("S-051 signs in with a key that stands beside %j", async (item) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(publishedKeys((keys) => [item as unknown as JWK, ...keys]));
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each([
  ["nothing but null", [null], { kind: "unavailable", reason: "keys_not_a_key_set" }],
  ["no key", [], { kind: "refused", reason: "kid_unknown" }],
])("S-050 signs nobody in with a key set of %s", async (_what, items, outcome) => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(publishedKeys(() => items as unknown as JWK[]));
  expect((await signIn()).outcome).toEqual(outcome);
});

/** How a provider's keys are named, in the tokens and where it publishes them. */
const NAMINGS: readonly (readonly [naming: string, keyId: string | undefined, lies: readonly Lie[]])[] = [
  ["under another kid", undefined, []],
  ["under the same kid", "key-1", []],
  [
    "without a kid in the tokens",
    undefined,
    [{ name: "no-kid", idTokenDraft: ({ header }) => void delete header["kid"] }],
  ],
  ["without a kid where they are published", undefined, [publishedKeys((keys) => keys.map(withoutKid))]],
  [
    "without any kid",
    undefined,
    [
      { name: "no-kid", idTokenDraft: ({ header }) => void delete header["kid"] },
      publishedKeys((keys) => keys.map(withoutKid)),
    ],
  ],
];

function withoutKid({ kid: _kid, ...key }: JWK): JWK {
  return key;
}

test.each(NAMINGS)(
  "S-051 follows keys that change %s, as often as they do, and asks for them once a change",
  async (_naming, keyId, lies) => {
    const { signIn, idp, clock } = await simulateSignIn();
    idp.lie(...lies);
    expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
    for (const rotation of [1, 2, 3]) {
      await clock.advance(7_000);
      await idp.rotateKeys(keyId);
      expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
      expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
      expect(idp.requestsTo("jwks")).toHaveLength(1 + rotation);
    }
  },
);

test.each(NAMINGS)("S-051 S-091 refreshes through keys that change %s", async (_naming, keyId, lies) => {
  const { provider, signInAndKeep, idp } = await simulateSignIn({}, { rotation: "none" });
  idp.lie(...lies);
  const kept = await signInAndKeep();
  for (const _rotation of [1, 2]) {
    await idp.rotateKeys(keyId);
    const outcome = await provider.refreshGrant(kept);
    expect(outcome).toMatchObject({ kind: "success", tokens: { idToken: expect.any(String) } });
  }
});

test("S-051 follows a key that rotates right before signing", async () => {
  const { signIn, idp, provider } = await simulateSignIn();
  await signIn();
  const { url, transaction } = await provider.beginLogin();
  const rawQuery = await idp.signIn(url);
  await idp.rotateKeys();
  expect(await provider.finishLogin(rawQuery, transaction)).toMatchObject({ kind: "signed_in" });
});

test("S-051 twenty sign-ins at once with a new key share one look at the keys", async () => {
  const { signIn, idp } = await simulateSignIn();
  await signIn();
  await idp.rotateKeys();
  const ends = await Promise.all(Array.from({ length: 20 }, async () => (await signIn()).outcome.kind));
  expect(new Set(ends)).toEqual(new Set(["signed_in"]));
  expect(idp.requestsTo("jwks")).toHaveLength(2);
});

test("S-051 a look at the keys that didn't help is repeated after 5 seconds", async () => {
  const { signIn, idp, clock } = await simulateSignIn();
  await signIn();
  const [old] = ((await (await idp.app.request(`${ISSUER}/jwks`)).json()) as { keys: JWK[] }).keys;
  await idp.rotateKeys();
  // What a cache before the key set does.
  idp.lie(publishedKeys(() => (old === undefined ? [] : [old])));
  const before = idp.requestsTo("jwks").length;
  for (const _round of [1, 2, 3]) {
    expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "kid_unknown" });
  }
  expect(idp.requestsTo("jwks")).toHaveLength(before + 1);
  idp.stopLying();
  await clock.advance(5_000);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-051 refreshes while new keys can't be had, and signs in 5 seconds after they can", async () => {
  const { provider, signIn, signInAndKeep, idp, clock } = await simulateSignIn({}, { rotation: "none" });
  const kept = await signInAndKeep();
  await idp.rotateKeys();
  idp.lie(replacedReply("jwks", { status: 503 }));
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  idp.stopLying();
  await clock.advance(5_000);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-050 finds the one of twelve keys that verifies, whatever the others are for", async () => {
  const { signIn, idp } = await simulateSignIn();
  const others = await Promise.all(
    Array.from({ length: 11 }, async (_, index) => ({
      ...(await exportJWK((await generateKeyPair("ES256")).publicKey)),
      kid: `other-${index}`,
    })),
  );
  idp.lie(
    { name: "no-kid", idTokenDraft: ({ header }) => void delete header["kid"] },
    publishedKeys((keys) => [...others, ...keys]),
  );
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-051 500 logout tokens with unknown keys cost one fetch, and another after half a minute", async () => {
  const { provider, idp, clock, signIn } = await simulateSignIn();
  await signIn();
  const bogus = async (index: number): Promise<unknown> => {
    const nowSeconds = clock.nowMs() / 1_000;
    const claims = {
      iss: ISSUER,
      aud: provider.clientId,
      iat: nowSeconds,
      exp: nowSeconds + 60,
      jti: `${index}`,
      sub: "ada",
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    };
    return provider.verifyLogoutToken(
      await idp.signJwt({ kid: `unknown-${index}`, typ: "logout+jwt" }, claims),
    );
  };
  const outcomes = await Promise.all(Array.from({ length: 500 }, (_, index) => bogus(index)));
  expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toEqual(
    new Set(['{"kind":"refused","reason":"kid_unknown"}']),
  );
  expect(idp.requestsTo("jwks")).toHaveLength(2);
  await clock.advance(30_000);
  await bogus(500);
  expect(idp.requestsTo("jwks")).toHaveLength(3);
});

test("S-051 a stranger's unknown keys don't keep the provider's new key unknown", async () => {
  const { provider, idp, signIn, clock } = await simulateSignIn();
  await signIn();
  const nowSeconds = clock.nowMs() / 1_000;
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  const claims = {
    iss: ISSUER,
    aud: provider.clientId,
    iat: nowSeconds,
    exp: nowSeconds + 60,
    jti: "1",
    sub: "a",
    events,
  };
  await provider.verifyLogoutToken(await idp.signJwt({ kid: "unknown", typ: "logout+jwt" }, claims));
  await idp.rotateKeys();
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-139 verifies with the keys it knows while the key set fails", async () => {
  const { idp, signIn, clock, events } = await simulateSignIn();
  await signIn();
  idp.lie(replacedReply("jwks", { status: 503 }));
  await clock.advance(3_600_000);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  await expect
    .poll(() => events.at(-1))
    .toEqual({ event: "keys_failed", issuer: ISSUER, reason: "status_503", usingStale: true });
});

test("S-140 a sign-in without any key is unavailable and not refused", async () => {
  const { idp, signIn } = await simulateSignIn();
  idp.lie(replacedReply("jwks", { status: 503 }));
  expect((await signIn()).outcome).toEqual({ kind: "unavailable", reason: "keys_status_503" });
});

test("S-052 refuses a set of 10,000 keys", async () => {
  const { idp, signIn } = await simulateSignIn();
  idp.lie(publishedKeys((keys) => [...Array.from({ length: 10_000 }, () => ({ kty: "EC" })), ...keys]));
  expect((await signIn()).outcome).toEqual({ kind: "unavailable", reason: "keys_too_many_keys" });
});

test("S-052 refuses an RSA key of 1,024 bits", async () => {
  const pair = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 1_024,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ["sign", "verify"],
  );
  const publicKey = {
    ...(await crypto.subtle.exportKey("jwk", pair.publicKey)),
    kid: "weak",
    alg: "RS256",
  } as JWK;
  const { idp, signIn } = await simulateSignIn();
  idp.lie(
    publishedKeys(() => [publicKey]),
    {
      name: "weak-key",
      async idToken({ claims }) {
        const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
        const input = `${encode({ alg: "RS256", kid: "weak" })}.${encode(claims)}`;
        const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", pair.privateKey, Buffer.from(input));
        return `${input}.${Buffer.from(signature).toString("base64url")}`;
      },
    },
  );
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "key_unfit" });
});

test.each(["{}", '{"keys":{}}', '{"keys":[1]}', "[]", "<html>", '{"keys":[],"keys":[]}'])(
  "S-142 a key set of %s is a typed outcome",
  async (body) => {
    const { idp, signIn } = await simulateSignIn();
    idp.lie(replacedReply("jwks", { body }));
    expect((await signIn()).outcome).toEqual({ kind: "unavailable", reason: "keys_not_a_key_set" });
  },
);
