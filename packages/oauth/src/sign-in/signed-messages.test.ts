import { decodeJwt, decodeProtectedHeader } from "jose";
import type { JSONWebKeySet } from "jose";
import {
  ABSENT,
  authorizationError,
  signedResponseClaim,
  signedResponseTampered,
  signedResponseUnsigned,
} from "@coatcheck/testkit";
import type { EvilIdpOptions, Lie } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { keySet, makeClientKey } from "../client-auth/client-keys.fixture.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { responseState } from "./signed-response.ts";

const { jwk, kid } = await makeClientKey("ES256");

/** Requests signed by a key that the provider knows. */
async function simulateSigning(config: Partial<ProviderConfig> = {}, idp: Partial<EvilIdpOptions> = {}) {
  const published: { keys: () => Promise<JSONWebKeySet> } = { keys: async () => ({ keys: [] }) };
  const simulated = await simulateSignIn(
    { clientKeys: keySet(jwk), clientAuth: "private_key_jwt", signedRequests: true, ...config },
    { clientKeys: () => published.keys(), requiresSignedRequests: true, ...idp },
  );
  published.keys = async () => (await simulated.provider.publicKeys?.()) as JSONWebKeySet;
  return simulated;
}

test.each([
  ["in the browser's address", "never"],
  ["pushed", "required"],
] as const)("signs the request, %s: nothing of it stands beside it", async (_where, pushedRequests) => {
  const { provider, idp, signIn, clock } = await simulateSigning({
    pushedRequests,
    resources: ["https://a.example/", "https://b.example/"],
  });
  const { url, transaction } = await provider.beginLogin({ maxAge: 60 });
  const sent = pushedRequests === "never" ? new URL(url).searchParams : idp.requestsTo("par")[0]?.form;
  const names = [...(sent?.keys() ?? [])].filter((name) => !name.startsWith("client_assertion"));
  expect(names.toSorted()).toEqual(["client_id", "request"]);
  const object = sent?.get("request") ?? "";
  expect(decodeProtectedHeader(object)).toEqual({ alg: "ES256", kid, typ: "oauth-authz-req+jwt" });
  const nowSeconds = Math.floor(clock.nowMs() / 1_000);
  expect(decodeJwt(object)).toMatchObject({
    iss: CONFIG.clientId,
    aud: ISSUER,
    client_id: CONFIG.clientId,
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + 60,
    state: transaction.state,
    nonce: transaction.nonce,
    redirect_uri: CONFIG.redirectUri,
    code_challenge_method: "S256",
    resource: ["https://a.example/", "https://b.example/"],
    max_age: 60,
  });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("a provider that wants signed requests takes no other", async () => {
  const { signIn } = await simulateSigning({ signedRequests: false });
  await expect(signIn()).rejects.toThrow("400");
});

test("S-128 refuses to sign requests without keys, and details that are none", async () => {
  await expect(simulateSignIn({ signedRequests: true })).rejects.toMatchObject({
    problems: [{ field: "clientKeys" }],
  });
  for (const authorizationDetails of ["", "{}", "[]", "[{}]", '[{"type":""}]', '["a"]', "[", "null"]) {
    await expect(simulateSignIn({ authorizationDetails })).rejects.toMatchObject({
      problems: [{ field: "authorizationDetails" }],
    });
  }
});

test.each([true, false])(
  "asks for details as they are configured (signed: %s), and for none otherwise",
  async (isSigned) => {
    const authorizationDetails = '[{"type":"payment_initiation","actions":["initiate"]}]';
    const { provider } = await simulateSigning({ authorizationDetails, signedRequests: isSigned });
    const { searchParams } = new URL((await provider.beginLogin()).url);
    const asked: unknown = isSigned
      ? decodeJwt(searchParams.get("request") ?? "")["authorization_details"]
      : JSON.parse(searchParams.get("authorization_details") ?? "");
    expect(asked).toEqual(JSON.parse(authorizationDetails));
    const none = await simulateSignIn();
    expect(new URL((await none.provider.beginLogin()).url).searchParams.has("authorization_details")).toBe(
      false,
    );
  },
);

test("S-024 a signed answer is asked for where it is configured, found by its state, verified, and read", async () => {
  const { provider, idp, signIn } = await simulateSignIn({ signedResponses: true });
  const { url, transaction } = await provider.beginLogin();
  expect(new URL(url).searchParams.get("response_mode")).toBe("jwt");
  const query = await idp.signIn(url);
  expect([...new URLSearchParams(query).keys()]).toEqual(["response"]);
  expect(responseState(query)).toBe(transaction.state);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in", claims: { sub: "ada" } });
});

test("S-024 an error in a signed answer is read as in a plain one", async () => {
  const { signIn, idp } = await simulateSignIn({ signedResponses: true });
  idp.lie(authorizationError("access_denied"));
  expect((await signIn()).outcome).toMatchObject({ kind: "not_authorized", meaning: "declined" });
});

test.each<[string, Lie]>([
  ["alg_not_allowed", signedResponseUnsigned()],
  ["signature_invalid", signedResponseTampered("code", "stolen")],
  ["response_iss_missing", signedResponseClaim("iss", ABSENT)],
  ["response_iss_mismatch", signedResponseClaim("iss", "https://other.example")],
  ["response_aud_missing", signedResponseClaim("aud", ABSENT)],
  ["response_aud_mismatch", signedResponseClaim("aud", [CONFIG.clientId, "other"])],
  ["response_exp_missing", signedResponseClaim("exp", ABSENT)],
  ["response_exp_missing", signedResponseClaim("exp", "soon")],
  ["response_expired", signedResponseClaim("exp", 1)],
  ["state_mismatch", signedResponseClaim("state", "other")],
  ["code_missing", signedResponseClaim("code", ABSENT)],
])("S-024 refuses a signed answer for %s, and redeems nothing", async (reason, lie) => {
  const { signIn, idp } = await simulateSignIn({ signedResponses: true });
  idp.lie(lie);
  expect((await signIn()).outcome).toEqual({ kind: "refused", reason });
  expect(idp.requestsTo("token")).toEqual([]);
});

test("S-024 takes a signed answer only where one was asked for, whole and alone", async () => {
  const plain = await simulateSignIn();
  const { transaction } = await plain.provider.beginLogin();
  const answer = `response=a.b.c&state=${transaction.state}`;
  expect(await plain.provider.finishLogin(answer, transaction)).toEqual({
    kind: "refused",
    reason: "front_channel_token",
  });

  const { provider, idp } = await simulateSignIn({ signedResponses: true });
  const begun = await provider.beginLogin();
  const query = await idp.signIn(begun.url);
  for (const [more, reason] of [
    ["&code=b", "response_not_signed"],
    ["&response=a.b.c", "duplicate_parameter"],
  ] as const) {
    expect(await provider.finishLogin(query + more, begun.transaction)).toEqual({ kind: "refused", reason });
  }
  expect(await provider.finishLogin(`response=${"a".repeat(17_000)}`, begun.transaction)).toMatchObject({
    reason: "response_too_long",
  });
});

test.each([
  ["state=a", "a"],
  ["state=a&state=b", ""],
  ["", ""],
  ["response=a.b.c", ""],
  ["response=", ""],
  ["response=e30.e30.", ""],
  ["state=a&response=e30.eyJzdGF0ZSI6ImIifQ.", "a"],
  ["response=e30.eyJzdGF0ZSI6ImIifQ.", "b"],
  ["response=e30.eyJzdGF0ZSI6N30.", ""],
  ["response=e30.eyJzdGF0ZSI6ImIifQ.&response=e30.eyJzdGF0ZSI6ImIifQ.", ""],
])("finds the sign-in of %j by the state %j", (rawQuery, state) => {
  expect(responseState(rawQuery)).toBe(state);
});
