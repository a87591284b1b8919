import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { OAuthEvent } from "../oauth-event.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { CONFIG, simulateSignIn } from "../simulated-sign-in.fixture.ts";

// The secret has every character that form encoding touches; the simulated provider decodes and compares it.

test("S-017 sends a form-encoded secret in the header and none in the body", async () => {
  const { signIn, idp } = await simulateSignIn({ clientAuth: "client_secret_basic" });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const [request] = idp.requestsTo("token");
  expect(request?.headers.get("authorization")).toMatch(/^Basic /);
  expect(request?.form.has("client_secret")).toBe(false);
  expect(request?.form.has("client_id")).toBe(false);
});

test.each([
  ["GOCSPX-a1_b2-C3", "GOCSPX-a1_b2-C3"],
  ["Xy8Q~a.b-c_d~e", "Xy8Q~a.b-c_d~e"],
  ["a*b!c'd(e)f", "a*b!c'd(e)f"],
  ["0123456789abcdefABCDEF", "0123456789abcdefABCDEF"],
  ["a b", "a+b"],
  ["a+b", "a%2Bb"],
  ["50%", "50%25"],
  ["a:b", "a%3Ab"],
  ["a/b=c&d", "a%2Fb%3Dc%26d"],
  ["\u00e9\u20ac", "%C3%A9%E2%82%AC"],
])("S-017 sends the secret %s as %s: nothing is encoded that needn't be", async (clientSecret, sent) => {
  const clientId = clientSecret;
  const { signIn, idp } = await simulateSignIn({ clientId, clientSecret }, { clientId, clientSecret });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const credentials = idp.requestsTo("token")[0]?.headers.get("authorization")?.replace("Basic ", "") ?? "";
  expect(atob(credentials)).toBe(`${sent}:${sent}`);
});

test("S-017 sends the secret in the body and none in the header", async () => {
  const { signIn, idp } = await simulateSignIn({ clientAuth: "client_secret_post" });
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  const [request] = idp.requestsTo("token");
  expect(request?.headers.has("authorization")).toBe(false);
  expect(request?.form.getAll("client_secret")).toEqual([CONFIG.clientSecret]);
});

test("S-017 has the secret in no URL", async () => {
  const { signInAndKeep, provider, internet } = await simulateSignIn();
  const kept = await signInAndKeep();
  await provider.refreshGrant(kept);
  await provider.revoke(kept.refreshToken);
  const { url } = await provider.beginLogin();
  const urls = [url, ...internet.requests.map((request) => request.url.href)].map(decodeURIComponent);
  expect(
    urls.filter((text) => text.includes(CONFIG.clientSecret) || text.includes(kept.refreshToken)),
  ).toEqual([]);
});

test("a wrong secret at the callback is refused by name", async () => {
  const { signIn } = await simulateSignIn({ clientSecret: "wrong" });
  expect((await signIn()).outcome).toEqual({
    kind: "refused",
    reason: "client_refused",
    status: 401,
    error: "invalid_client",
  });
});

const REFUSED = [
  [401, '{"error":"invalid_client"}'],
  [400, '{"error":"invalid_client"}'],
  [401, '{"error":"unauthorized_client"}'],
  [401, ""],
] as const;
const adviceIn = (events: readonly OAuthEvent[]) =>
  events.flatMap((event) => (event.event === "client_refused" ? [event.advice] : []));

test.each(REFUSED)(
  "a client that is refused by %i %s is told with its fix, once a minute",
  async (status, body) => {
    const { provider, idp, events, clock, signIn, signInAndKeep } = await simulateSignIn();
    const kept = await signInAndKeep();
    idp.lie(replacedReply("token", { status, body }));
    await signIn();
    await provider.refreshGrant(kept);
    await signIn();
    expect(adviceIn(events)).toHaveLength(1);
    await clock.advance(60_000);
    await provider.refreshGrant(kept);
    expect(adviceIn(events)).toHaveLength(2);
  },
);

test("a client that is refused at the revocation or the pushing endpoint is told, too", async () => {
  for (const endpoint of ["revocation", "par"] as const) {
    const { provider, idp, events } = await simulateSignIn();
    idp.lie(
      metadataMember("require_pushed_authorization_requests", true),
      replacedReply(endpoint, { status: 401, body: '{"error":"invalid_client"}' }),
    );
    await (endpoint === "par" ? provider.beginLogin().catch(() => undefined) : provider.revoke("a"));
    expect(adviceIn(events)).toHaveLength(1);
  }
});

const POST = "OAUTH_CLIENT_AUTH=client_secret_post";
const BASIC = "OAUTH_CLIENT_AUTH=client_secret_basic";

test.each<[string, Partial<ProviderConfig>, listed: unknown, named: string | undefined]>([
  ["a secret with encoded characters", { clientSecret: "a/b" }, ABSENT, POST],
  ["an id with encoded characters", { clientId: "a:b", clientSecret: "a" }, ABSENT, POST],
  ["a list with client_secret_post", { clientId: "a", clientSecret: "b" }, ["client_secret_post"], POST],
  ["both", { clientSecret: "a+b" }, ["client_secret_basic", "client_secret_post"], POST],
  ["neither", { clientId: "a", clientSecret: "a-b_c.d~e" }, ["client_secret_basic"], undefined],
  ["no list", { clientId: "a", clientSecret: "b" }, ABSENT, undefined],
  [
    "post, and a list with client_secret_basic",
    { clientAuth: "client_secret_post" },
    ["client_secret_basic"],
    BASIC,
  ],
  [
    "post, and encoded characters",
    { clientAuth: "client_secret_post", clientSecret: "a/b" },
    ABSENT,
    undefined,
  ],
])("the advice about a refused client with %s names what may help", async (_case, config, listed, named) => {
  const { idp, events, signIn } = await simulateSignIn(config, {
    clientId: config.clientId ?? CONFIG.clientId,
  });
  idp.lie(
    metadataMember("token_endpoint_auth_methods_supported", listed),
    replacedReply("token", { status: 401, body: '{"error":"invalid_client"}' }),
  );
  await signIn();
  const [advice = ""] = adviceIn(events);
  expect(advice).toContain("OAUTH_CLIENT_SECRET");
  expect(/OAUTH_CLIENT_AUTH=\w+/.exec(advice)?.[0]).toBe(named);
});
