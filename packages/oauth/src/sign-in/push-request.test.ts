import { ABSENT, brokenBody, metadataMember, redirect, replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { OAuthEvent } from "../oauth-event.ts";
import { parseProviderConfig } from "../setup/provider-config.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const OFFERED = { pushedRequests: "offered" } as const;
const REQUIRED = { pushedRequests: "required" } as const;
const requires = metadataMember("require_pushed_authorization_requests", true);
const offersNone = metadataMember("pushed_authorization_request_endpoint", ABSENT);

const namesIn = (url: string): readonly string[] => [...new URL(url).searchParams.keys()].toSorted();
const PUSHED = ["client_id", "request_uri"];
const failures = (events: readonly OAuthEvent[]) =>
  events.flatMap((event) => (event.event === "push_failed" ? [event.reason] : []));

test("S-011 pushes wherever it is offered: the browser carries the client and a reference, and nothing else", async () => {
  const { provider, idp, signIn } = await simulateSignIn({ ...OFFERED, resources: ["https://api.example/"] });
  const { url } = await provider.beginLogin({ parameters: { login_hint: "ada" }, maxAge: 60 });
  expect(namesIn(url)).toEqual(PUSHED);
  const [push] = idp.requestsTo("par");
  expect(Object.fromEntries(push?.form ?? [])).toMatchObject({
    client_id: CONFIG.clientId,
    response_type: "code",
    redirect_uri: CONFIG.redirectUri,
    scope: CONFIG.scope,
    resource: "https://api.example/",
    login_hint: "ada",
    max_age: "60",
    code_challenge_method: "S256",
  });
  expect(push?.headers.get("authorization")).toMatch(/^Basic /);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test.each<[string, Partial<ProviderConfig>, boolean, boolean]>([
  ["where it is required here", REQUIRED, true, true],
  ["where it is never wanted, and offered", { pushedRequests: "never" }, false, false],
])("S-011 pushes %s", async (_when, config, isPushed, isFetched) => {
  const { provider, idp } = await simulateSignIn(config);
  const { url } = await provider.beginLogin();
  expect(namesIn(url).includes("request_uri")).toBe(isPushed);
  expect(idp.requestsTo("par").length > 0).toBe(isFetched);
});

test("S-011 pushes where it is offered, unless configuration says otherwise", () => {
  const { pushedRequests: _, ...rest } = CONFIG;
  expect(parseProviderConfig(rest).pushedRequests).toBe("offered");
});

test("S-011 pushes where the provider requires it, whatever is wanted here", async () => {
  const { provider, idp } = await simulateSignIn({ pushedRequests: "never" });
  idp.lie(requires);
  expect(namesIn((await provider.beginLogin()).url)).toEqual(PUSHED);
});

test("S-011 asks in the browser's address where the provider offers nothing else", async () => {
  const { provider, idp, signIn } = await simulateSignIn(OFFERED);
  idp.lie(offersNone);
  expect(namesIn((await provider.beginLogin()).url)).toContain("code_challenge");
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("S-011 a provider without it can't be used where it is required here, and the log says what to change", async () => {
  const { provider, idp, events } = await simulateSignIn(REQUIRED);
  idp.lie(offersNone);
  await expect(provider.beginLogin()).rejects.toMatchObject({ code: "metadata_invalid" });
  expect(provider.setupProblem()).toBe("pushed_authorization_request_endpoint_missing");
  expect(events).toContainEqual(
    expect.objectContaining({ advice: expect.stringContaining("OAUTH_PUSHED_REQUESTS_ENDPOINT") }),
  );
});

test("S-011 S-128 refuses to start where it is required and no endpoint can be known", async () => {
  const endpoints = {
    authorization: `${ISSUER}/authorize`,
    token: `${ISSUER}/token`,
    jwks: `${ISSUER}/jwks`,
  };
  const byHand = { ...REQUIRED, discovery: false };
  await expect(simulateSignIn({ ...byHand, endpoints })).rejects.toMatchObject({
    problems: [{ field: "endpoints.pushedRequests" }],
  });
  const { provider } = await simulateSignIn({
    ...byHand,
    endpoints: { ...endpoints, pushedRequests: `${ISSUER}/par` },
  });
  expect(namesIn((await provider.beginLogin()).url)).toEqual(PUSHED);
});

/** What the provider says of the request: nobody tries it in another form. */
test.each([
  [400, "", { code: "unknown_error", meaning: "failed" }],
  [400, '{"error":"invalid_scope"}', { code: "invalid_scope", meaning: "invalid_scope" }],
  [400, '{"error":"invalid_request"}', { code: "invalid_request", meaning: "misconfigured" }],
  [401, '{"error":"invalid_client"}', { code: "invalid_client", meaning: "misconfigured" }],
  [403, '{"error":"access_denied"}', { code: "access_denied", meaning: "declined" }],
  [413, "", { code: "unknown_error", meaning: "failed" }],
  [400, '{"error":"<b>"}', { code: "unknown_error", meaning: "failed" }],
] as const)(
  "S-011 S-025 types a push that is refused with %i %s, and has no plain way around it",
  async (status, body, refusal) => {
    for (const config of [OFFERED, REQUIRED]) {
      const { provider, idp } = await simulateSignIn(config);
      idp.lie(replacedReply("par", { status, body }));
      await expect(provider.beginLogin()).rejects.toMatchObject({
        name: "OAuthError",
        code: "login_not_accepted",
        refusal,
      });
    }
  },
);

/** What says nothing of the request: the endpoint's own trouble. */
test.each([
  ["status_404", replacedReply("par", { status: 404, body: "<html>" })],
  ["status_405", replacedReply("par", { status: 405, body: "" })],
  ["status_429", replacedReply("par", { status: 429, body: "" })],
  ["status_500", replacedReply("par", { status: 500, body: '{"error":"server_error"}' })],
  ["status_503", replacedReply("par", { status: 503, body: "" })],
  ["status_400", replacedReply("par", { status: 400, body: '{"error":"temporarily_unavailable"}' })],
  ["status_307", redirect("par", "https://elsewhere.example/")],
  ["request_uri_missing", replacedReply("par", { status: 201, body: "{}" })],
  ["request_uri_missing", replacedReply("par", { status: 201, body: '{"request_uri":"a b"}' })],
  ["request_uri_missing", replacedReply("par", { status: 201, body: '{"request_uri":7}' })],
  ["request_uri_missing", replacedReply("par", { status: 201, body: "<html>" })],
  ["request_uri_missing", brokenBody("par")],
] as const)(
  "S-011 an endpoint that fails (%s) costs a sign-in only where pushing is required",
  async (reason, lie) => {
    for (const [config, lies] of [
      [REQUIRED, [lie]],
      [OFFERED, [requires, lie]],
    ] as const) {
      const { provider, idp, events } = await simulateSignIn(config);
      idp.lie(...lies);
      await expect(provider.beginLogin()).rejects.toMatchObject({
        code: "provider_unreachable",
        refusal: undefined,
      });
      expect(failures(events)).toEqual([reason]);
    }
    const { provider, idp, events, signIn } = await simulateSignIn(OFFERED);
    idp.lie(lie);
    expect(namesIn((await provider.beginLogin()).url)).toContain("code_challenge");
    expect(failures(events)).toEqual([reason]);
    expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  },
);

test("S-011 doesn't wait for an endpoint again that failed within the last 30 seconds, then pushes again", async () => {
  const { provider, idp, clock } = await simulateSignIn(OFFERED);
  idp.lie(replacedReply("par", { status: 503, body: "" }));
  for (let count = 0; count < 3; count += 1) await provider.beginLogin();
  expect(idp.requestsTo("par")).toHaveLength(1);
  idp.stopLying();
  await clock.advance(30_000);
  expect(namesIn((await provider.beginLogin()).url)).toEqual(PUSHED);
});

test("S-011 a push that isn't answered ends with its deadline", async () => {
  for (const config of [OFFERED, REQUIRED]) {
    const { provider, internet, clock, idp } = await simulateSignIn(config);
    await provider.discover();
    internet.connect("idp.example", (request) =>
      request.url.endsWith("/par") ? new Promise<Response>(() => undefined) : idp.app.fetch(request),
    );
    const begun = provider.beginLogin().then(
      ({ url }) => namesIn(url).includes("code_challenge"),
      (error: unknown) => (error as { code: string }).code,
    );
    await expect.poll(() => clock.pendingTimers()).toBe(1);
    await clock.advance(CONFIG.requestTimeoutMs);
    expect(await begun).toBe(config === OFFERED ? true : "provider_unreachable");
  }
});
