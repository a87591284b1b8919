import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { AUTHORIZATION_PARAMETERS } from "./authorization-parameters.ts";
import { CONFIG, IDP_HOST, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";

const metadataInvalid = { name: "OAuthError", code: "metadata_invalid" };
const unreachable = { name: "OAuthError", code: "provider_unreachable" };

test.each([
  ABSENT,
  `${ISSUER}/`,
  "https://IDP.example",
  "https://evil.example",
  "HTTPS://idp.example",
  7,
  null,
  [ISSUER],
])("S-037 doesn't use metadata of the issuer %s", async (issuer) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(metadataMember("issuer", issuer));
  await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
  expect(provider.isDiscovered()).toBe(false);
});

const BROKEN = [
  "http://idp.example/x",
  "http://169.254.169.254/",
  "ftp://idp.example/",
  "javascript:1",
  "data:text/plain,x",
  "//idp.example/x",
  "/x",
  "",
  " ",
  7,
  true,
  {},
  ["https://idp.example/x"],
  `https://idp.example/${"x".repeat(2_048)}`,
  "https://user:password@idp.example/x",
  "https://idp.example/x#fragment",
];

test.each(["authorization_endpoint", "token_endpoint", "jwks_uri"])(
  "S-038 refuses metadata with a broken %s, since nobody can sign in without it",
  async (name) => {
    for (const value of BROKEN) {
      const { provider, idp, events } = await simulateSignIn();
      idp.lie(metadataMember(name, value));
      await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
      expect(provider.setupProblem()).toBe(`${name}_invalid`);
      expect(events).toMatchObject([
        { event: "metadata_failed", reason: `${name}_invalid`, advice: expect.stringContaining(name) },
      ]);
    }
  },
);

test.each(["authorization_endpoint", "token_endpoint", "jwks_uri"])(
  "S-038 refuses metadata without %s",
  async (name) => {
    for (const value of [ABSENT, null]) {
      const { provider, idp } = await simulateSignIn();
      idp.lie(metadataMember(name, value));
      await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
      expect(provider.setupProblem()).toBe(`${name}_missing`);
    }
  },
);

const OPTIONAL = [
  "userinfo_endpoint",
  "introspection_endpoint",
  "revocation_endpoint",
  "end_session_endpoint",
  "pushed_authorization_request_endpoint",
];

test.each(OPTIONAL)("S-038 leaves a broken %s out, says so once, and signs in", async (name) => {
  for (const value of BROKEN) {
    const { provider, idp, events, signIn, clock } = await simulateSignIn();
    idp.lie(metadataMember(name, value));
    expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
    expect(provider.setupProblem()).toBe(undefined);
    await clock.advance(3_600_000);
    await signIn();
    await expect.poll(() => idp.requestsTo("metadata").length).toBe(2);
    const warnings = events.filter(({ event }) => event === "metadata_endpoint_ignored");
    expect(warnings).toMatchObject([{ endpoint: name, issuer: ISSUER, value: expect.any(String) }]);
    expect(JSON.stringify(warnings)).not.toContain("password");
  }
});

test("names a broken endpoint's value and the setting that mends it", async () => {
  const { provider, idp, events } = await simulateSignIn();
  idp.lie(metadataMember("revocation_endpoint", "http://idp.example/\u0007revoke\n"));
  await provider.discover();
  expect(events).toContainEqual({
    event: "metadata_endpoint_ignored",
    issuer: ISSUER,
    endpoint: "revocation_endpoint",
    value: '"http://idp.example/\\u0007revoke\\n"',
    advice: expect.stringContaining("OAUTH_REVOCATION_ENDPOINT"),
  });
});

test("each feature without its endpoint says that it isn't there", async () => {
  const { provider, idp, events } = await simulateSignIn();
  idp.lie(...OPTIONAL.map((name) => metadataMember(name, "")));
  expect(await provider.revoke("x")).toEqual({ kind: "unsupported" });
  expect(await provider.endSessionUrl({ state: "s" })).toBe(undefined);
  expect(await provider.validate({ accessToken: "opaque", resource: "" })).toMatchObject({
    kind: "unsupported",
  });
  expect(await provider.userinfo({ accessToken: "a", sub: "b" })).toMatchObject({ kind: "refused" });
  expect(events.filter(({ event }) => event === "metadata_endpoint_ignored")).toHaveLength(OPTIONAL.length);
});

test("a broken optional endpoint is nobody's matter where configuration names another", async () => {
  const { provider, idp, events } = await simulateSignIn({ endpoints: { revocation: `${ISSUER}/revoke` } });
  idp.lie(metadataMember("revocation_endpoint", ""));
  expect(await provider.revoke("x")).toEqual({ kind: "revoked" });
  expect(events.filter(({ event }) => event === "metadata_endpoint_ignored")).toEqual([]);
});

test("S-011 a broken pushing endpoint closes sign-in only where pushing is required", async () => {
  for (const value of [ABSENT, "", "/par"]) {
    const { provider, idp } = await simulateSignIn();
    idp.lie(
      metadataMember("pushed_authorization_request_endpoint", value),
      metadataMember("require_pushed_authorization_requests", true),
    );
    await expect(provider.beginLogin()).rejects.toMatchObject(metadataInvalid);
    expect(provider.setupProblem()).toMatch(/^pushed_authorization_request_endpoint_(?:missing|invalid)$/u);
  }
});

test.each([
  [["client_secret_post"], "OAUTH_CLIENT_AUTH=client_secret_post"],
  [["private_key_jwt", "client_secret_post"], "OAUTH_CLIENT_AUTH=client_secret_post"],
  [["private_key_jwt"], "OAUTH_CLIENT_AUTH=private_key_jwt"],
  [[], "none of"],
])("names a client authentication that the metadata doesn't list: %j", async (listed, advice) => {
  const { provider, idp, events, clock } = await simulateSignIn();
  idp.lie(metadataMember("token_endpoint_auth_methods_supported", listed));
  await provider.discover();
  await clock.advance(3_600_000);
  await provider.beginLogin();
  await expect.poll(() => idp.requestsTo("metadata").length).toBe(2);
  expect(events.filter(({ event }) => event === "client_auth_not_listed")).toEqual([
    { event: "client_auth_not_listed", issuer: ISSUER, advice: expect.stringContaining(advice) },
  ]);
});

test.each([
  ABSENT,
  null,
  "client_secret_post",
  ["client_secret_basic"],
  ["client_secret_post", "client_secret_basic"],
])("says nothing of client authentication where the metadata lists %j", async (listed) => {
  const { provider, idp, events } = await simulateSignIn();
  idp.lie(metadataMember("token_endpoint_auth_methods_supported", listed));
  await provider.discover();
  expect(events.map(({ event }) => event)).toEqual(["metadata_fetched"]);
});

test("S-038 loopback http needs its dangerous name, and other hosts stay refused", async () => {
  const idpOptions = { issuer: "http://127.0.0.1:4000" };
  const config = { issuer: "http://127.0.0.1:4000", dangerouslyAllowHttp: "loopback" } as const;
  const { provider, idp, internet, signIn } = await simulateSignIn(config, idpOptions);
  internet.connect("127.0.0.1:4000", idp.app);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  expect(provider.isDiscovered()).toBe(true);

  const moved = await simulateSignIn(config, idpOptions);
  moved.internet.connect("127.0.0.1:4000", moved.idp.app);
  moved.idp.lie(metadataMember("token_endpoint", "http://10.0.0.1/token"));
  await expect(moved.provider.discover()).rejects.toMatchObject(metadataInvalid);
});

test("S-038 an endpoint given by hand can't be moved by the metadata", async () => {
  const { signIn, idp, internet } = await simulateSignIn({
    endpoints: { token: `${ISSUER}/token`, jwks: `${ISSUER}/jwks` },
  });
  internet.connect("evil.example", idp.app);
  idp.lie(
    metadataMember("token_endpoint", "https://evil.example/token"),
    metadataMember("jwks_uri", "https://evil.example/jwks"),
  );
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  expect(internet.requestsTo("evil.example")).toEqual([]);
});

test.each([...AUTHORIZATION_PARAMETERS, "login_hint"].map((name) => `${name}=x`))(
  "S-009 refuses an authorization endpoint that brings %s along",
  async (query) => {
    const { provider, idp } = await simulateSignIn();
    idp.lie(metadataMember("authorization_endpoint", `${ISSUER}/authorize?${query}`));
    await expect(provider.beginLogin()).rejects.toMatchObject(metadataInvalid);
  },
);

test("keeps a harmless query of the authorization endpoint", async () => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(metadataMember("authorization_endpoint", `${ISSUER}/authorize?tenant=a`));
  expect(new URL((await provider.beginLogin()).url).searchParams.get("tenant")).toBe("a");
});

test.each([
  ["HTML", { body: "<html></html>", headers: { "content-type": "text/html" } }, "not_json_object"],
  ["nothing", { body: "" }, "not_json_object"],
  ["an array", { body: "[]" }, "not_json_object"],
  ["null", { body: "null" }, "not_json_object"],
  ["a member twice", { body: `{"issuer":"${ISSUER}","issuer":"${ISSUER}"}` }, "not_json_object"],
  ["invalid UTF-8", { body: new Uint8Array([0x7b, 0xff, 0x7d]) }, "not_utf8"],
  ["too large", { body: `"${"x".repeat(300_000)}"` }, "too_large"],
  ["not there", { status: 404 }, "status_404"],
  ["gone", { status: 410 }, "status_410"],
  ["elsewhere", { status: 301, headers: { location: "https://idp.example/realms/a" } }, "status_301"],
] as const)(
  "S-142 metadata that is %s can't be used until something changes",
  async (_name, reply, reason) => {
    const { provider, idp, events } = await simulateSignIn();
    idp.lie(replacedReply("metadata", reply));
    await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
    expect(provider.setupProblem()).toBe(reason);
    expect(events).toEqual([
      {
        event: "metadata_failed",
        issuer: ISSUER,
        reason,
        usingStale: false,
        advice: expect.stringContaining("OIDC_ISSUER"),
      },
    ]);
  },
);

test.each([401, 403, 408, 429, 500, 502, 503, 504, 204])(
  "S-140 metadata answered by %i may be there the next time",
  async (status) => {
    const { provider, idp } = await simulateSignIn();
    idp.lie(replacedReply("metadata", { status, body: null }));
    await expect(provider.discover()).rejects.toMatchObject(unreachable);
    expect(provider.setupProblem()).toBe(undefined);
  },
);

test("a certificate of an unknown authority is named with its fix, and waiting doesn't mend it", async () => {
  const { provider, internet, events } = await simulateSignIn();
  internet.fault(IDP_HOST, { kind: "certificate" });
  await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
  expect(provider.setupProblem()).toBe("tls_untrusted");
  expect(events).toMatchObject([{ advice: expect.stringContaining("NODE_EXTRA_CA_CERTS") }]);
});

test("what can't work stays so while the provider can't be reached, until it works", async () => {
  const { provider, idp, internet } = await simulateSignIn();
  idp.lie(metadataMember("issuer", "https://other.example"));
  await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
  internet.fault(IDP_HOST, { kind: "refused" });
  await expect(provider.discover()).rejects.toMatchObject(unreachable);
  expect(provider.setupProblem()).toBe("issuer_mismatch");
  internet.heal(IDP_HOST);
  idp.stopLying();
  await provider.discover();
  expect(provider.setupProblem()).toBe(undefined);
});

test("S-139 fetches once for concurrent callers, and not again within an hour", async () => {
  const { provider, idp, clock } = await simulateSignIn();
  await Promise.all(Array.from({ length: 50 }, () => provider.beginLogin()));
  await clock.advance(3_599_000);
  await provider.beginLogin();
  expect(idp.requestsTo("metadata")).toHaveLength(1);
});

test("S-139 fetches anew after an hour without making anybody wait", async () => {
  const { provider, idp, clock, internet } = await simulateSignIn();
  await provider.discover();
  await clock.advance(3_600_000);
  const gate = Promise.withResolvers<undefined>();
  internet.fault(IDP_HOST, { kind: "delay", until: gate.promise });
  await Promise.all(Array.from({ length: 10 }, () => provider.beginLogin()));
  expect(idp.requestsTo("metadata")).toHaveLength(1);
  gate.resolve(undefined);
  await expect.poll(() => idp.requestsTo("metadata").length).toBe(2);
});

test("S-139 S-140 goes on with what it knows when the provider fails, and tries again half a minute later", async () => {
  const { provider, idp, clock, internet, events } = await simulateSignIn();
  await provider.discover();
  internet.fault(IDP_HOST, { kind: "refused" });
  await clock.advance(3_600_000);
  await provider.beginLogin();
  await expect
    .poll(() => events.at(-1))
    .toEqual({
      event: "metadata_failed",
      issuer: ISSUER,
      reason: "connection_refused",
      usingStale: true,
    });
  internet.heal(IDP_HOST);
  await provider.beginLogin();
  expect(idp.requestsTo("metadata")).toHaveLength(1);
  await clock.advance(30_000);
  await provider.beginLogin();
  await expect.poll(() => idp.requestsTo("metadata").length).toBe(2);
});

test("S-037 S-139 keeps the metadata it knows when a later one belongs to another issuer", async () => {
  const { provider, idp, clock, events } = await simulateSignIn();
  await provider.discover();
  idp.lie(
    metadataMember("issuer", "https://evil.example"),
    metadataMember("token_endpoint", "https://evil.example/t"),
  );
  await clock.advance(3_600_000);
  await provider.beginLogin();
  await expect
    .poll(() => events.at(-1))
    .toMatchObject({ event: "metadata_failed", reason: "issuer_mismatch" });
  expect(provider.setupProblem()).toBe(undefined);
  idp.stopLying();
  const { url, transaction } = await provider.beginLogin();
  expect(await provider.finishLogin(await idp.signIn(url), transaction)).toMatchObject({ kind: "signed_in" });
});

test("S-140 begins without the provider and works as soon as it is there", async () => {
  const { provider, internet, signIn } = await simulateSignIn();
  internet.fault(IDP_HOST, { kind: "refused" });
  await expect(provider.beginLogin()).rejects.toMatchObject(unreachable);
  expect(provider.isDiscovered()).toBe(false);
  internet.heal(IDP_HOST);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
});

test("needs no discovery where the endpoints are given", async () => {
  const { provider, idp, signIn } = await simulateSignIn({
    discovery: false,
    endpoints: { authorization: `${ISSUER}/authorize`, token: `${ISSUER}/token`, jwks: `${ISSUER}/jwks` },
  });
  expect(provider.isDiscovered()).toBe(true);
  expect((await signIn()).outcome).toMatchObject({ kind: "signed_in" });
  expect(idp.requestsTo("metadata")).toEqual([]);
  expect(await provider.revoke("x")).toEqual({ kind: "unsupported" });
  expect(await provider.endSessionUrl({ state: "s" })).toBe(undefined);
  expect(await provider.userinfo({ accessToken: "a", sub: "b" })).toEqual({
    kind: "refused",
    reason: "userinfo_endpoint_missing",
  });
  expect(CONFIG.issuer).toBe(provider.issuer);
});

test.each(["https://IDP.example", "https://idp.example:443", "https://idp.example/./x/.."])(
  "S-039 S-041 signs in and refreshes where metadata spells its endpoints in another way (%s)",
  async (spelling) => {
    const { idp, internet, provider, signInAndKeep } = await simulateSignIn();
    for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]) {
      const document = (await (
        await internet.fetch(`${ISSUER}/.well-known/openid-configuration`, {})
      ).json()) as Record<string, string>;
      idp.lie(metadataMember(name, (document[name] ?? "").replace(ISSUER, spelling)));
    }
    const kept = await signInAndKeep();
    expect((await provider.refreshGrant(kept)).kind).toBe("success");
  },
);
