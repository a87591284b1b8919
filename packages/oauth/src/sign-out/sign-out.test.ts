import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { OAuthEvent } from "../oauth-event.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { CONFIG, IDP_HOST, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

test("S-095 revokes a refresh token with client authentication", async () => {
  const { provider, signInAndKeep, idp } = await simulateSignIn();
  const kept = await signInAndKeep();
  expect(await provider.revoke(kept.refreshToken)).toEqual({ kind: "revoked" });
  const [request] = idp.requestsTo("revocation");
  expect(request?.headers.get("authorization")).toMatch(/^Basic /);
  expect(Object.fromEntries(request?.form ?? [])).toEqual({
    token: kept.refreshToken,
    token_type_hint: "refresh_token",
  });
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "terminal" });
});

test("S-095 a token that the provider doesn't know is revoked", async () => {
  const { provider } = await simulateSignIn();
  expect(await provider.revoke("unknown")).toEqual({ kind: "revoked" });
});

test.each([
  [200, "<html>", { kind: "revoked" }],
  [400, '{"error":"invalid_token"}', { kind: "revoked" }],
  [400, '{"error":"unsupported_token_type"}', { kind: "unsupported" }],
  [400, '{"error":"invalid_request"}', { kind: "unavailable", reason: "status_400" }],
  [401, '{"error":"invalid_client"}', { kind: "unavailable", reason: "status_401" }],
  [429, "", { kind: "unavailable", reason: "status_429" }],
  [503, "", { kind: "unavailable", reason: "status_503" }],
  [302, "", { kind: "unavailable", reason: "status_302" }],
])("S-095 S-142 a revocation answered by %i %s", async (status, body, outcome) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("revocation", { status, body }));
  expect(await provider.revoke("refresh_token_1")).toEqual(outcome);
});

test("S-095 a revocation that can't be sent is unavailable", async () => {
  const { provider, internet } = await simulateSignIn();
  await provider.discover();
  internet.fault(IDP_HOST, { kind: "refused" });
  expect(await provider.revoke("x")).toEqual({ kind: "unavailable", reason: "connection_refused" });
});

const adviceOf = (events: readonly OAuthEvent[], name: OAuthEvent["event"]) =>
  events.flatMap((event) => (event.event === name && "advice" in event ? [event.advice] : []));

test.each([
  ["names no endpoint", metadataMember("revocation_endpoint", ABSENT)],
  ["names a broken one", metadataMember("revocation_endpoint", "")],
  [
    "doesn't revoke refresh tokens",
    replacedReply("revocation", { status: 400, body: '{"error":"unsupported_token_type"}' }),
  ],
])("where the provider %s, the log says once what stays usable, and the fix", async (_case, lie) => {
  const { provider, idp, events } = await simulateSignIn();
  idp.lie(lie);
  expect(await provider.revoke("x")).toEqual({ kind: "unsupported" });
  expect(await provider.revoke("y")).toEqual({ kind: "unsupported" });
  expect(adviceOf(events, "revocation_unsupported")).toEqual([
    expect.stringContaining("OAUTH_REVOCATION_ENDPOINT"),
  ]);
});

test("S-096 sends hint, client, registered URI and state to the provider", async () => {
  const { provider } = await simulateSignIn();
  const url = new URL((await provider.endSessionUrl({ idTokenHint: "a.b.c", state: "s" })) ?? "");
  expect(url.origin + url.pathname).toBe(`${ISSUER}/logout`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    id_token_hint: "a.b.c",
    client_id: CONFIG.clientId,
    post_logout_redirect_uri: CONFIG.postLogoutRedirectUri,
    state: "s",
  });
});

test.each([
  [2_000, true],
  [2_001, false],
])("S-098 a hint of %i characters is sent: %s", async (length, isSent) => {
  const { provider } = await simulateSignIn();
  const url = new URL((await provider.endSessionUrl({ idTokenHint: "x".repeat(length), state: "s" })) ?? "");
  expect(url.searchParams.has("id_token_hint")).toBe(isSent);
  expect(url.searchParams.get("client_id")).toBe(CONFIG.clientId);
});

const BY_HAND = {
  discovery: false,
  endpoints: {
    authorization: `${ISSUER}/authorize`,
    token: `${ISSUER}/token`,
    jwks: `${ISSUER}/jwks`,
    endSession: "https://login.example/logout?tenant=a",
  },
};
const COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1";
const STANDARD = {
  client_id: CONFIG.clientId,
  id_token_hint: "a.b.c",
  post_logout_redirect_uri: CONFIG.postLogoutRedirectUri,
  state: "{client_id}",
};

test.each<[string, Partial<ProviderConfig>, Record<string, string>]>([
  ["what a standard provider takes", {}, STANDARD],
  [
    "what Cognito takes",
    { issuer: COGNITO },
    { client_id: CONFIG.clientId, logout_uri: CONFIG.postLogoutRedirectUri },
  ],
  [
    "more, where configuration says so",
    { endSessionParameters: { federated: "", ui_locales: "de", logout_hint: "{client_id}/{state}" } },
    { ...STANDARD, ui_locales: "de", logout_hint: `${CONFIG.clientId}/{client_id}` },
  ],
  [
    "less, where configuration says so",
    { endSessionParameters: { id_token_hint: "", state: "" } },
    { client_id: CONFIG.clientId, post_logout_redirect_uri: CONFIG.postLogoutRedirectUri },
  ],
  [
    "the configuration's before Cognito's",
    { issuer: COGNITO, endSessionParameters: { state: "{state}", logout_uri: "https://app.example/bye" } },
    { client_id: CONFIG.clientId, logout_uri: "https://app.example/bye", state: "{client_id}" },
  ],
])("S-096 sends %s", async (_what, config, parameters) => {
  const { provider } = await simulateSignIn({ ...BY_HAND, ...config });
  const request = { idTokenHint: "a.b.c", state: "{client_id}" };
  const url = new URL((await provider.endSessionUrl(request)) ?? "");
  expect(url.origin + url.pathname).toBe("https://login.example/logout");
  expect(Object.fromEntries(url.searchParams)).toEqual({ tenant: "a", ...parameters });
});

test("S-096 goes nowhere where the metadata has no endpoint for it, and the log says once what to configure", async () => {
  const { provider, idp, events } = await simulateSignIn();
  idp.lie(metadataMember("end_session_endpoint", ABSENT));
  expect(await provider.endSessionUrl({ state: "s" })).toBe(undefined);
  expect(await provider.endSessionUrl({ state: "t" })).toBe(undefined);
  expect(adviceOf(events, "end_session_unsupported")).toEqual([
    expect.stringContaining("OAUTH_END_SESSION_ENDPOINT"),
  ]);
});
