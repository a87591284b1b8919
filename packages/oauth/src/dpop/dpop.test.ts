import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { metadataMember, replacedReply, tokenResponseMember } from "@coatcheck/testkit";
import type { EvilIdpOptions, RecordedRequest } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { createDpop } from "./dpop.ts";
import { generateDpopKey } from "./dpop-key.ts";

const REQUIRED = { dpop: "required" } as const;

/** Signed in with bound tokens, and what a refresh needs. */
async function signInBound(config: Partial<ProviderConfig> = {}, idp: Partial<EvilIdpOptions> = {}) {
  const simulated = await simulateSignIn({ ...REQUIRED, ...config }, { dpop: "required", ...idp });
  const { outcome, transaction } = await simulated.signIn();
  if (outcome.kind !== "signed_in") throw new Error(JSON.stringify(outcome));
  const { tokens, claims, dpopKey = "" } = outcome;
  const { iss, sub } = claims;
  const kept = { refreshToken: tokens.refreshToken ?? "", resource: "", iss, sub, dpopKey };
  return { ...simulated, outcome, transaction, kept };
}

function proofOf(request: RecordedRequest | undefined) {
  const proof = request?.headers.get("dpop") ?? "";
  return { header: decodeProtectedHeader(proof), claims: decodeJwt(proof) };
}

test("S-119 signs in with tokens that are bound to a key of the session, named in the request and proven at the token endpoint", async () => {
  const { idp, outcome, transaction, clock } = await signInBound();
  expect(outcome.dpopKey).toBe(transaction.dpopKey);
  expect(outcome.dpopKey).toMatch(/^[\w-]{43}\.[\w-]{43}\.[\w-]{43}$/);
  const { header, claims } = proofOf(idp.requestsTo("token")[0]);
  const [, x, y] = outcome.dpopKey?.split(".") ?? [];
  expect(header).toEqual({ alg: "ES256", typ: "dpop+jwt", jwk: { kty: "EC", crv: "P-256", x, y } });
  expect(claims).toEqual({
    jti: expect.stringMatching(/^[\w-]{22}$/) as string,
    htm: "POST",
    htu: `${ISSUER}/token`,
    iat: Math.floor(clock.nowMs() / 1_000),
  });
  const [asked] = idp.requestsTo("authorization");
  const thumbprint = createHash("sha256")
    .update(JSON.stringify({ crv: "P-256", kty: "EC", x, y }))
    .digest("base64url");
  expect(asked?.url.searchParams.get("dpop_jkt")).toBe(thumbprint);
});

test("S-119 every sign-in has a key of its own, and a code is worth nothing with another one", async () => {
  const { provider, idp } = await simulateSignIn(REQUIRED, { dpop: "required" });
  const [first, second] = await Promise.all([provider.beginLogin(), provider.beginLogin()]);
  expect(first.transaction.dpopKey).not.toBe(second.transaction.dpopKey);
  const query = await idp.signIn(first.url);
  const stolen = {
    ...first.transaction,
    ...(second.transaction.dpopKey === undefined ? {} : { dpopKey: second.transaction.dpopKey }),
  };
  expect(await provider.finishLogin(query, stolen)).toMatchObject({
    kind: "refused",
    reason: "code_refused",
  });
});

test("S-119 a refresh and UserInfo prove the session's key, with the token's hash where a token goes, an id each", async () => {
  const { provider, idp, kept, outcome } = await signInBound();
  const { accessToken } = outcome.tokens;
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  const { dpopKey, sub } = kept;
  expect(await provider.userinfo({ accessToken, sub, dpopKey })).toMatchObject({ kind: "profile" });
  const asked = idp.requestsTo("userinfo").at(-1);
  expect(asked?.headers.get("authorization")).toBe(`DPoP ${accessToken}`);
  const requests = [...idp.requestsTo("token"), asked].map((request) => proofOf(request));
  expect(requests.at(-1)?.claims).toMatchObject({
    htm: "GET",
    htu: `${ISSUER}/userinfo`,
    ath: createHash("sha256").update(accessToken).digest("base64url"),
  });
  expect(new Set(requests.map(({ claims }) => claims.jti)).size).toBe(3);
  expect(new Set(requests.map(({ header }) => header.jwk?.x)).size).toBe(1);
});

test("S-119 without the key, a bound access token opens nothing", async () => {
  const { provider, kept, outcome } = await signInBound();
  const { accessToken } = outcome.tokens;
  expect(await provider.userinfo({ accessToken, sub: kept.sub })).toEqual({ kind: "token_refused" });
  const other = await generateDpopKey();
  expect(await provider.userinfo({ accessToken, sub: kept.sub, dpopKey: other })).toEqual({
    kind: "token_refused",
  });
});

test("S-119 completes a person's claims by UserInfo at sign-in with the key", async () => {
  const { outcome } = await signInBound({ userinfoAtSignIn: "always" });
  expect(outcome.claims).toMatchObject({ email: "ada@idp.example" });
});

test.each<[string, Partial<ProviderConfig>, Partial<EvilIdpOptions>, boolean]>([
  ["offered at both ends", { dpop: "offered" }, { dpop: "offered" }, true],
  ["offered, at a provider that insists", { dpop: "offered" }, { dpop: "required" }, true],
  ["offered, at a provider that doesn't know it", { dpop: "offered" }, {}, false],
  ["never, at a provider that offers it", { dpop: "never" }, { dpop: "offered" }, false],
  ["by default, at a provider that offers it", {}, { dpop: "offered" }, false],
])("S-119 binds tokens where that is %s: %#", async (_when, config, idpOptions, isBound) => {
  const { signIn, idp } = await simulateSignIn(config, idpOptions);
  const { outcome, transaction } = await signIn();
  expect(outcome).toMatchObject({ kind: "signed_in" });
  expect(["dpopKey" in outcome, "dpopKey" in transaction]).toEqual([isBound, isBound]);
  expect(idp.requestsTo("token")[0]?.headers.has("dpop")).toBe(isBound);
});

test("S-030 refuses a provider that ignores the proof where bound tokens are required, and takes what it gives where they are offered", async () => {
  const required = await simulateSignIn(REQUIRED);
  expect((await required.signIn()).outcome).toEqual({ kind: "refused", reason: "token_type_not_dpop" });

  const offered = await simulateSignIn({ dpop: "offered" });
  offered.idp.lie(metadataMember("dpop_signing_alg_values_supported", ["ES256"]));
  const { outcome } = await offered.signIn();
  expect(outcome).toMatchObject({ kind: "signed_in" });
  expect("dpopKey" in outcome).toBe(false);
  expect(offered.events).toContainEqual({ event: "dpop_ignored", issuer: ISSUER });
});

test("S-030 a token that is said to be bound is refused where nobody asked for one, whatever the case of its type", async () => {
  const { signIn, idp } = await simulateSignIn();
  idp.lie(tokenResponseMember("token_type", "DPoP"));
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason: "token_type_unknown" });
  const bound = await simulateSignIn(REQUIRED, { dpop: "required" });
  bound.idp.lie(tokenResponseMember("token_type", "dPoP"));
  expect((await bound.signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each([["RS256"], ["PS256", "EdDSA"]])(
  "S-119 a provider that takes proofs by %s alone can't be used where they are required, and the log says so",
  async (...algorithms) => {
    const { provider, idp, events } = await simulateSignIn(REQUIRED);
    idp.lie(metadataMember("dpop_signing_alg_values_supported", algorithms));
    await expect(provider.beginLogin()).rejects.toMatchObject({ code: "metadata_invalid" });
    expect(provider.setupProblem()).toBe("dpop_algorithm_missing");
    expect(events).toContainEqual(
      expect.objectContaining({ advice: expect.stringMatching(/ES256.*OAUTH_DPOP/) as string }),
    );
  },
);

test.each(["once", "latest"] as const)(
  "S-119 nonces that change on each call (%s): 20 refreshes, UserInfo calls and sign-ins at once, and none fails",
  async (dpopNonces) => {
    const { provider, kept, outcome, signIn, idp } = await signInBound({}, { dpopNonces, rotation: "none" });
    const { accessToken } = outcome.tokens;
    const { sub, dpopKey } = kept;
    const ends = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        if (index % 3 === 0) return (await provider.refreshGrant(kept)).kind;
        if (index % 3 === 1) return (await provider.userinfo({ accessToken, sub, dpopKey })).kind;
        return (await signIn()).outcome.kind;
      }),
    );
    expect(new Set(ends)).toEqual(new Set(["success", "profile", "signed_in"]));
    expect(idp.reuseCount()).toBe(0);
  },
);

test("S-119 keeps a server's nonce, and repeats once where it wants another", async () => {
  const { provider, idp, kept } = await signInBound({}, { dpopNonces: "once" });
  // The first call of all had none.
  expect(idp.requestsTo("token")).toHaveLength(2);
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  expect(idp.requestsTo("token")).toHaveLength(3);
  expect(idp.requestsTo("token").map((request) => "nonce" in proofOf(request).claims)).toEqual([
    false,
    true,
    true,
  ]);
});

test("S-018 S-119 a repetition carries an assertion of its own", async () => {
  const { idp } = await signInBound(
    { clientAuth: "client_secret_jwt", clientSecret: "x".repeat(32) },
    { clientSecret: "x".repeat(32), dpopNonces: "once" },
  );
  const ids = idp.requestsTo("token").map(({ form }) => decodeJwt(form.get("client_assertion") ?? "").jti);
  expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
});

test("S-119 a nonce that never settles ends a refresh as not sent, after a few tries, and spends nothing", async () => {
  const { provider, idp, kept } = await signInBound();
  const nonces = { count: 0 };
  idp.lie({
    name: "never settles",
    reply: (endpoint, reply) => {
      if (endpoint !== "token") return reply;
      nonces.count += 1;
      return {
        status: 400,
        headers: { "content-type": "application/json", "dpop-nonce": `nonce-${nonces.count}` },
        body: '{"error":"use_dpop_nonce"}',
      };
    },
  });
  const before = idp.requestsTo("token").length;
  expect(await provider.refreshGrant(kept)).toEqual({
    kind: "unsent",
    reason: "use_dpop_nonce",
    status: 400,
  });
  const tries = idp.requestsTo("token").length - before;
  expect(tries).toBeGreaterThan(1);
  expect(tries).toBeLessThan(10);
});

test("S-119 isn't made to repeat by a server that names no nonce, nor by a nonce that is none", async () => {
  for (const headers of [{}, { "dpop-nonce": 'a "quoted" one' }]) {
    const { provider, idp, kept } = await signInBound({}, { rotation: "none" });
    const before = idp.requestsTo("token").length;
    idp.lie(
      replacedReply("token", {
        status: 400,
        headers: { "content-type": "application/json", ...headers },
        body: '{"error":"use_dpop_nonce"}',
      }),
    );
    expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "unsent", reason: "use_dpop_nonce" });
    expect(idp.requestsTo("token").length - before).toBeLessThan(10);
    idp.stopLying();
    expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  }
});

test("S-119 a proof that the provider refuses, since the clock is off, ends no session, and the log names the clock", async () => {
  const { provider, idp, kept, clock, events } = await signInBound();
  await clock.advance(120_000);
  idp.lie(
    replacedReply("token", {
      status: 400,
      headers: { "content-type": "application/json", date: new Date(clock.nowMs() - 120_000).toUTCString() },
      body: '{"error":"invalid_dpop_proof"}',
    }),
  );
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "client", reason: "invalid_dpop_proof" });
  expect(events).toContainEqual(
    expect.objectContaining({
      event: "client_refused",
      advice: expect.stringMatching(/seconds ahead .*NTP/) as string,
    }),
  );
});

test("S-119 an application's own tokens are bound, too", async () => {
  const { provider, idp } = await simulateSignIn(REQUIRED, { dpop: "required" });
  idp.lie(replacedReply("token", { body: '{"access_token":"a","token_type":"DPoP"}', status: 200 }));
  const [first, second] = [
    await provider.clientGrant({ resource: "", scope: "" }),
    await provider.clientGrant({ resource: "", scope: "" }),
  ];
  expect(first).toMatchObject({ kind: "success", dpopKey: expect.stringMatching(/\./) as string });
  expect(second).toMatchObject({ dpopKey: first.kind === "success" ? first.dpopKey : "" });
  idp.lie(replacedReply("token", { body: '{"access_token":"a","token_type":"Bearer"}', status: 200 }));
  expect(await provider.clientGrant({ resource: "", scope: "" })).toMatchObject({
    kind: "unreadable",
    reason: "token_type_not_dpop",
  });
});

test("S-119 a proof is for one place: no query, no fragment, one server's nonce and no other's", async () => {
  const dpop = createDpop({ nowMs: () => 1_700_000_000_000 });
  const key = await generateDpopKey();
  dpop.noteNonce("https://a.example", "nonce-a");
  const prove = async (url: string) => decodeJwt(await dpop.prove({ key, method: "PUT", url }));
  expect(await prove("https://a.example/x%2Fy/z?q=1#f")).toMatchObject({
    htm: "PUT",
    htu: "https://a.example/x%2Fy/z",
    nonce: "nonce-a",
    iat: 1_700_000_000,
  });
  expect(await prove("https://b.example/")).not.toHaveProperty("nonce");
});
