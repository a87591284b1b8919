import {
  ABSENT,
  idTokenClaim,
  idTokenHeader,
  idTokenPayloadText,
  idTokenReplaced,
  idTokenSignedByStranger,
  idTokenTampered,
  idTokenUnsigned,
  metadataMember,
  replacedReply,
  tokenResponseMember,
} from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { CONFIG, IDP_HOST, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const NOW_SECONDS = Date.UTC(2026, 0, 1) / 1_000;

test("S-088 a rotated refresh token replaces the spent one", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  const first = await provider.refreshGrant(kept);
  if (first.kind !== "success") throw new Error(first.reason);
  expect(first.tokens.refreshToken).toBeTypeOf("string");
  expect(first.tokens.refreshToken).not.toBe(kept.refreshToken);
  const next = await provider.refreshGrant({ ...kept, refreshToken: first.tokens.refreshToken ?? "" });
  expect(next).toMatchObject({ kind: "success" });
  expect(idp.reuseCount()).toBe(0);
});

test("S-088 says that no refresh token came by leaving it out", async () => {
  const { provider, signInAndKeep } = await simulateSignIn({}, { rotation: "none" });
  const outcome = await provider.refreshGrant(await signInAndKeep());
  expect(outcome).toMatchObject({ kind: "success" });
  expect(outcome).not.toHaveProperty("tokens.refreshToken");
});

test("S-088 never sends a refresh token to another issuer than its own", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  expect(await provider.refreshGrant({ ...kept, iss: "https://other.example" })).toMatchObject({
    kind: "unsent",
  });
  expect(idp.requestsTo("token")).toHaveLength(1);
});

test("sends grant type and refresh token, the resource where there is one, and never a scope", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn({ clientAuth: "client_secret_post" });
  const kept = await signInAndKeep();
  const plain = await provider.refreshGrant(kept);
  if (plain.kind !== "success") throw new Error(plain.reason);
  await provider.refreshGrant({
    ...kept,
    refreshToken: plain.tokens.refreshToken ?? "",
    resource: "https://api.example/",
  });
  const sent = idp
    .requestsTo("token")
    .slice(1)
    .map(({ form }) => Object.fromEntries(form));
  const credentials = { client_id: CONFIG.clientId, client_secret: CONFIG.clientSecret };
  expect(sent).toEqual([
    { ...credentials, grant_type: "refresh_token", refresh_token: kept.refreshToken },
    {
      ...credentials,
      grant_type: "refresh_token",
      refresh_token: plain.tokens.refreshToken,
      resource: "https://api.example/",
    },
  ]);
});

test("honours a refresh endpoint of its own, beside discovery", async () => {
  const { provider, signInAndKeep, internet, idp } = await simulateSignIn({
    endpoints: { refresh: "https://refresh.example/token" },
  });
  internet.connect("refresh.example", idp.app);
  expect(await provider.refreshGrant(await signInAndKeep())).toMatchObject({ kind: "success" });
  expect(internet.requests.filter(({ method }) => method === "POST").map(({ url }) => url.host)).toEqual([
    IDP_HOST,
    "refresh.example",
  ]);
});

test("counts the lifetime from the moment of sending and not of the answer", async () => {
  const { provider, signInAndKeep, internet, clock } = await simulateSignIn();
  const kept = await signInAndKeep();
  const sentAtMs = clock.nowMs();
  const gate = Promise.withResolvers<undefined>();
  internet.fault(IDP_HOST, { kind: "delay", until: gate.promise });
  const refreshing = provider.refreshGrant(kept);
  await clock.advance(20_000);
  gate.resolve(undefined);
  expect(await refreshing).toMatchObject({ tokens: { issuedAt: sentAtMs, expiresAt: sentAtMs + 300_000 } });
});

test("sends nothing where it may not", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  const outcome = await provider.refreshGrant({ ...kept, maySend: () => false });
  expect(outcome).toEqual({ kind: "unsent", reason: "may_not_send" });
  expect(idp.requestsTo("token")).toHaveLength(1);
});

test("S-091 succeeds without an ID token", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(tokenResponseMember("id_token", ABSENT));
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
});

test.each([
  ["another iss", idTokenClaim("iss", "https://evil.example"), "iss_mismatch"],
  ["another sub", idTokenClaim("sub", "mallory"), "sub_mismatch"],
  ["another aud", idTokenClaim("aud", "other"), "aud_mismatch"],
  ["other audiences", idTokenClaim("aud", ["other", "another"]), "aud_mismatch"],
])("S-091 tells of tokens that are for somebody else: %s", async (_name, lie, reason) => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  // However late it is: it names somebody else all the same.
  idp.lie(lie, idTokenClaim("iat", NOW_SECONDS - 5_000));
  const outcome = await provider.refreshGrant(kept);
  expect(outcome).toEqual({
    kind: "other_identity",
    reason,
    refreshToken: expect.stringMatching(/^refresh_/),
  });
  expect(outcome).not.toHaveProperty("refreshToken", kept.refreshToken);
});

test("S-091 names the refresh token that was sent where none came with somebody else's tokens", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn({}, { rotation: "none" });
  const kept = await signInAndKeep();
  idp.lie(idTokenClaim("sub", "mallory"));
  expect(await provider.refreshGrant(kept)).toMatchObject({
    kind: "other_identity",
    refreshToken: kept.refreshToken,
  });
});

test.each([
  ["no iss", idTokenClaim("iss", ABSENT), "iss_missing"],
  ["no sub", idTokenClaim("sub", ABSENT), "sub_missing"],
  ["a sub that is a number", idTokenClaim("sub", 7), "sub_malformed"],
  ["no aud", idTokenClaim("aud", ABSENT), "aud_missing"],
  ["an aud more", idTokenClaim("aud", [CONFIG.clientId, "other"]), "aud_untrusted"],
  ["another azp", idTokenClaim("azp", "other"), "azp_mismatch"],
  ["another auth_time", idTokenClaim("auth_time", NOW_SECONDS - 5), "auth_time_mismatch"],
  ["another at_hash", idTokenClaim("at_hash", "x".repeat(22)), "at_hash_mismatch"],
  ["an old exp", idTokenClaim("exp", NOW_SECONDS - 60), "expired"],
  ["no exp", idTokenClaim("exp", ABSENT), "exp_missing"],
  ["an old iat", idTokenClaim("iat", NOW_SECONDS - 5_000), "issued_too_long_ago"],
  ["a future iat", idTokenClaim("iat", NOW_SECONDS + 60), "issued_in_future"],
  ["a claim twice", idTokenPayloadText((json) => json.replace("{", '{"sub":"mallory",')), "malformed"],
  ["another type", idTokenHeader("typ", "at+jwt"), "typ_mismatch"],
  ["no signature", idTokenUnsigned(), "alg_not_allowed"],
  ["a stranger's signature", idTokenSignedByStranger(), "signature_invalid"],
  ["changed claims", idTokenTampered({ sub: "mallory" }), "signature_invalid"],
  ["no sense", idTokenReplaced("a.b.c"), "malformed"],
  ["an encrypted token", idTokenReplaced("a.b.c.d.e"), "encrypted"],
  ["an unknown key", idTokenHeader("kid", "unknown"), "kid_unknown"],
])("S-091 leaves a refreshed ID token with %s out, and the tokens count", async (_name, lie, reason) => {
  const { provider, signInAndKeep, idp, events } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(lie);
  const outcome = await provider.refreshGrant(kept);
  expect(outcome).toMatchObject({
    kind: "success",
    tokens: { refreshToken: expect.stringMatching(/^refresh_/) },
  });
  expect(outcome).not.toHaveProperty("tokens.idToken");
  expect(events).toContainEqual({ event: "id_token_left_out", issuer: ISSUER, reason });
});

test("S-091 keeps a refreshed ID token that is sound", async () => {
  const { provider, signInAndKeep, events } = await simulateSignIn();
  const outcome = await provider.refreshGrant(await signInAndKeep());
  expect(outcome).toMatchObject({ kind: "success", tokens: { idToken: expect.any(String) } });
  expect(events.map(({ event }) => event)).not.toContain("id_token_left_out");
});

test("S-091 takes a nonce that a refreshed ID token brings along", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  idp.lie(idTokenClaim("nonce", "of the sign-in"));
  expect(await provider.refreshGrant(kept)).toMatchObject({
    kind: "success",
    tokens: { idToken: expect.any(String) },
  });
});

test("S-091 takes a refreshed ID token without auth_time, and one where the first had none", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn({}, { rotation: "none" });
  const { authTime: _authTime, ...kept } = await signInAndKeep();
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  idp.lie(idTokenClaim("auth_time", ABSENT));
  expect(await provider.refreshGrant({ ...kept, authTime: NOW_SECONDS })).toMatchObject({ kind: "success" });
});

test("S-051 S-091 follows a key that rotated since the sign-in", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  await idp.rotateKeys();
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
});

test("S-139 refreshes while no key can be had, and leaves the ID token out", async () => {
  const first = await simulateSignIn({}, { rotation: "none" });
  const kept = await first.signInAndKeep();
  // Another process, which has never seen a key.
  const { events, provider } = await simulateSignIn({}, { idp: first.idp });
  first.idp.lie(replacedReply("jwks", { status: 503 }));
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  expect(events).toContainEqual({ event: "id_token_left_out", issuer: ISSUER, reason: "keys_unavailable" });
});

test("S-141 settles within its deadline from sending, though keys are still on their way", async () => {
  const { provider, signInAndKeep, idp, internet, clock, events } = await simulateSignIn();
  const kept = await signInAndKeep();
  await idp.rotateKeys();
  const answering = Promise.withResolvers<undefined>();
  internet.connect(IDP_HOST, async (request) => {
    const { pathname } = new URL(request.url);
    // The token answer comes late, and the keys never.
    if (pathname === "/jwks") return new Promise<Response>(() => undefined);
    if (pathname === "/token") await answering.promise;
    return idp.app.fetch(request);
  });
  const refreshing = provider.refreshGrant(kept);
  await clock.advance(28_000);
  answering.resolve(undefined);
  await expect.poll(() => internet.requests.at(-1)?.url.pathname).toBe("/jwks");
  await clock.advance(2_000);
  expect(await refreshing).toMatchObject({ kind: "success", tokens: { refreshToken: expect.any(String) } });
  expect(events).toContainEqual({ event: "id_token_left_out", issuer: ISSUER, reason: "keys_unavailable" });
});

test("spends nothing while the metadata can't be had", async () => {
  const { provider, idp, internet } = await simulateSignIn();
  const request = { refreshToken: "refresh_token_1", resource: "", iss: ISSUER, sub: "ada" };
  internet.fault(IDP_HOST, { kind: "dns" });
  expect(await provider.refreshGrant(request)).toEqual({ kind: "unsent", reason: "metadata_dns" });
  internet.heal(IDP_HOST);
  idp.lie(metadataMember("issuer", "https://evil.example"));
  expect(await provider.refreshGrant(request)).toEqual({
    kind: "unsent",
    reason: "metadata_issuer_mismatch",
  });
  expect(idp.requestsTo("token")).toEqual([]);
});
