import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import { expect, test } from "vitest";
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

test.each([
  "authorization_endpoint",
  "token_endpoint",
  "jwks_uri",
  "userinfo_endpoint",
  "revocation_endpoint",
])("S-038 refuses a %s that isn't https", async (name) => {
  for (const url of [
    "http://idp.example/x",
    "http://169.254.169.254/",
    "ftp://idp.example/",
    "javascript:1",
    "/x",
    7,
  ]) {
    const { provider, idp } = await simulateSignIn();
    idp.lie(metadataMember(name, url));
    await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
  }
});

test.each(["https://user:password@idp.example/token", "https://idp.example/token#fragment"])(
  "S-038 refuses the endpoint %s",
  async (url) => {
    const { provider, idp } = await simulateSignIn();
    idp.lie(metadataMember("token_endpoint", url));
    await expect(provider.discover()).rejects.toMatchObject(metadataInvalid);
  },
);

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

test.each([
  "scope=admin",
  "client_id=other",
  "redirect_uri=https%3A%2F%2Fevil.example",
  "request_uri=x",
  "prompt=none",
])("S-009 refuses an authorization endpoint that brings %s along", async (query) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(metadataMember("authorization_endpoint", `${ISSUER}/authorize?${query}`));
  await expect(provider.beginLogin()).rejects.toMatchObject(metadataInvalid);
});

test("keeps a harmless query of the authorization endpoint", async () => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(metadataMember("authorization_endpoint", `${ISSUER}/authorize?tenant=a`));
  expect(new URL((await provider.beginLogin()).url).searchParams.get("tenant")).toBe("a");
});

test.each([
  ["404", { status: 404 }, unreachable],
  ["503", { status: 503 }, unreachable],
  ["HTML", { body: "<html></html>", headers: { "content-type": "text/html" } }, metadataInvalid],
  ["nothing", { body: "" }, metadataInvalid],
  ["an array", { body: "[]" }, metadataInvalid],
  ["null", { body: "null" }, metadataInvalid],
  ["a member twice", { body: `{"issuer":"${ISSUER}","issuer":"${ISSUER}"}` }, metadataInvalid],
  ["invalid UTF-8", { body: new Uint8Array([0x7b, 0xff, 0x7d]) }, metadataInvalid],
])("S-142 metadata that is %s is a typed error", async (_name, reply, error) => {
  const { provider, idp } = await simulateSignIn();
  idp.lie(replacedReply("metadata", reply));
  await expect(provider.discover()).rejects.toMatchObject(error);
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
  idp.tellTheTruth();
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
