import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { createFakeClock, metadataMember } from "@coatcheck/testkit";
import type { EvilIdpOptions } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import type { ProviderFetch } from "../call/provider-fetch.ts";
import { RequestNotSentError } from "../call/request-error.ts";
import { OAuthError } from "../oauth-error.ts";
import type { OAuthEvent } from "../oauth-event.ts";
import { readClientCertificate } from "../node/read-client-certificate.ts";
import { createProvider } from "../provider.ts";
import { CONFIG, ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { diagnoseProvider } from "../setup/diagnose-provider.ts";
import { parseProviderConfig } from "../setup/provider-config.ts";
import type { ProviderConfig } from "../setup/provider-config.ts";

const DAY_MS = 86_400_000;
const NOW = createFakeClock().nowMs();
const { clientSecret: _, ...REST } = CONFIG;
const made = await createSelfSignedCertificate({
  commonName: "coatcheck",
  notBefore: new Date(NOW - DAY_MS),
  notAfter: new Date(NOW + 30 * DAY_MS),
});
const CERTIFICATE = { clientCertificate: made.cert, clientCertificateKey: made.key };
const TLS = { ...REST, ...CERTIFICATE, clientAuth: "tls_client_auth" } as const satisfies ProviderConfig;
const reading = readClientCertificate(made, NOW);
const thumbprint = reading.kind === "usable" ? reading.facts.thumbprint : "";
const KNOWN = {
  certificateThumbprint: thumbprint,
  provesItselfByCertificate: true,
} as const satisfies Partial<EvilIdpOptions>;

function problemsOf(config: ProviderConfig): readonly string[] {
  try {
    parseProviderConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return error.problems.map(({ field }) => field);
  }
}

test.each<[string, ProviderConfig, readonly string[]]>([
  ["tls_client_auth", TLS, []],
  ["self_signed_tls_client_auth", { ...TLS, clientAuth: "self_signed_tls_client_auth" }, []],
  [
    "a secret, and tokens bound to a certificate",
    { ...CONFIG, ...CERTIFICATE, certificateBoundTokens: true },
    [],
  ],
  [
    "no certificate",
    { ...REST, clientAuth: "tls_client_auth" },
    ["clientCertificate", "clientCertificateKey"],
  ],
  [
    "a certificate without its key",
    { ...REST, clientAuth: "tls_client_auth", clientCertificate: made.cert },
    ["clientCertificateKey"],
  ],
  [
    "a key without its certificate",
    { ...REST, clientAuth: "tls_client_auth", clientCertificateKey: made.key },
    ["clientCertificate"],
  ],
  [
    "bound tokens without a certificate",
    { ...CONFIG, certificateBoundTokens: true },
    ["clientCertificate", "clientCertificateKey"],
  ],
  ["a certificate for nothing", { ...CONFIG, ...CERTIFICATE }, ["clientCertificate"]],
  [
    "tokens bound to two things",
    { ...TLS, certificateBoundTokens: true, dpop: "offered" },
    ["certificateBoundTokens"],
  ],
  ["nothing at all to prove itself by", { ...REST, clientAuth: "none" as "tls_client_auth" }, ["clientAuth"]],
])("S-018 a client with %s: refused are %j", (_name, config, fields) => {
  expect(problemsOf(config)).toEqual(fields);
});

test("S-018 a platform that can't show certificates is refused, and so is a certificate that can't be used", () => {
  const ports = { nowMs: () => NOW, fetch: () => Promise.reject(new Error("nobody is called")) };
  expect(() => createProvider(TLS, ports)).toThrow(/this runtime can't present/);
  const later = {
    nowMs: () => NOW + 31 * DAY_MS,
    fetch: Object.assign(ports.fetch, { readCertificate: readClientCertificate }),
  };
  expect(() => createProvider(TLS, later)).toThrow(expect.objectContaining({ code: "config_invalid" }));
});

test.each(["tls_client_auth", "self_signed_tls_client_auth"] as const)(
  "S-018 S-038 %s shows the certificate at the addresses that are meant for it, to nobody else, and sends no secret",
  async (clientAuth) => {
    const { provider, idp, internet, signInAndKeep } = await simulateSignIn(
      { ...TLS, clientAuth, pushedRequests: "required" },
      KNOWN,
    );
    const kept = await signInAndKeep();
    expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
    expect(await provider.revoke(kept.refreshToken)).toEqual({ kind: "revoked" });
    const shown = internet.requests.filter(({ headers }) => headers.has("client-cert"));
    expect(new Set(shown.map(({ url }) => url.host))).toEqual(new Set(["mtls.idp.example"]));
    for (const endpoint of ["par", "token", "revocation"] as const) {
      for (const { url, form, headers } of idp.requestsTo(endpoint)) {
        expect([url.host, form.get("client_id")]).toEqual(["mtls.idp.example", CONFIG.clientId]);
        expect([headers.has("authorization"), form.has("client_secret")]).toEqual([false, false]);
      }
    }
    for (const endpoint of ["metadata", "jwks"] as const)
      expect(idp.requestsTo(endpoint).map(({ url }) => url.host)).toEqual(["idp.example"]);
  },
);

test("S-038 what is written by hand wins over the address for certificates, and without one there the usual one is taken", async () => {
  const token = `${ISSUER}/token`;
  const pinned = await simulateSignIn({ ...TLS, endpoints: { token } }, KNOWN);
  await pinned.signIn();
  expect(pinned.idp.requestsTo("token").map(({ url }) => url.host)).toEqual(["idp.example"]);
  const plain = await simulateSignIn(TLS, KNOWN);
  plain.idp.lie(
    metadataMember("mtls_endpoint_aliases", { revocation_endpoint: "https://mtls.idp.example/revoke" }),
  );
  await plain.signIn();
  expect(plain.idp.requestsTo("token").map(({ url }) => url.host)).toEqual(["idp.example"]);
});

test("S-038 a certificate is shown over https alone", async () => {
  const { provider, idp } = await simulateSignIn({ ...TLS, dangerouslyAllowHttp: "loopback" }, KNOWN);
  idp.lie(metadataMember("mtls_endpoint_aliases", { token_endpoint: "http://127.0.0.1:1/token" }));
  await expect(provider.discover()).rejects.toMatchObject({ code: "metadata_invalid" });
  expect(provider.setupProblem()).toBe("token_endpoint_invalid");
});

test("S-119 a provider that doesn't promise bound tokens isn't used where they are demanded", async () => {
  const { provider } = await simulateSignIn({ ...TLS, certificateBoundTokens: true }, KNOWN);
  await expect(provider.discover()).rejects.toMatchObject({ code: "metadata_invalid" });
  expect(provider.setupProblem()).toBe("certificate_binding_missing");
});

test("S-119 a refresh whose token is bound to nothing counts, and is spoken of; the application's own token doesn't", async () => {
  const { provider, idp, events, signInAndKeep } = await simulateSignIn(
    { ...TLS, certificateBoundTokens: true },
    { ...KNOWN, bindsToCertificate: true },
  );
  const kept = await signInAndKeep();
  expect(events.map(({ event }) => event)).not.toContain("certificate_binding_ignored");
  idp.lie({
    name: "unbound",
    tokenResponse: (body) => void (body["access_token"] = "e30.eyJzdWIiOiJhZGEifQ.c2ln"),
  });
  expect(await provider.refreshGrant(kept)).toMatchObject({ kind: "success" });
  expect(events.map(({ event }) => event)).toContain("certificate_binding_ignored");
});

test("S-018 a certificate's end is announced two weeks ahead, once, and named when it has come", async () => {
  const { provider, clock, events, signIn } = await simulateSignIn(TLS, KNOWN);
  const announced = () => events.filter(({ event }) => event === "client_certificate_expiring");
  await signIn();
  expect([announced(), provider.setupProblem()]).toEqual([[], undefined]);
  await clock.advance(17 * DAY_MS);
  await signIn();
  await signIn();
  expect(announced()).toEqual([
    expect.objectContaining({
      expiresAt: new Date(NOW + 30 * DAY_MS).toISOString().replace(/\.\d+/, ".000"),
    }),
  ]);
  await clock.advance(14 * DAY_MS);
  expect(provider.setupProblem()).toBe("client_certificate_expired");
});

test("S-018 where the provider breaks off the connection over the certificate, the log and the doctor say what to register", async () => {
  const { idp, internet } = await simulateSignIn(TLS, KNOWN);
  const fetch: ProviderFetch = Object.assign(
    (url: string, init: RequestInit) =>
      new URL(url).host === "mtls.idp.example"
        ? Promise.reject(new RequestNotSentError("tls_certificate_refused"))
        : internet.fetch(url, init),
    { readCertificate: readClientCertificate },
  );
  const events: OAuthEvent[] = [];
  const ports = { fetch, nowMs: () => NOW, log: (event: OAuthEvent) => void events.push(event) };
  const provider = createProvider({ ...CONFIG, ...TLS }, ports);
  const { url, transaction } = await provider.beginLogin();
  expect(await provider.finishLogin(await idp.signIn(url), transaction)).toEqual({
    kind: "unavailable",
    reason: "tls_certificate_refused",
  });
  const advice = expect.stringMatching(/subject \(CN=coatcheck\).*valid until/) as unknown;
  expect(events).toContainEqual(expect.objectContaining({ event: "client_refused", advice }));
  expect(await diagnoseProvider({ ...CONFIG, ...TLS }, ports)).toContainEqual(
    expect.objectContaining({ problem: expect.stringContaining("tls_certificate_refused"), fix: advice }),
  );
});

test("S-018 publishes a certificate that proves itself, and no other", async () => {
  const own = await simulateSignIn({ ...TLS, clientAuth: "self_signed_tls_client_auth" }, KNOWN);
  const published = await own.provider.publicKeys?.();
  expect(published?.keys).toEqual([expect.objectContaining({ kid: thumbprint, x5c: [expect.any(String)] })]);
  expect(JSON.stringify(published)).not.toContain('"d"');
  expect("publicKeys" in (await simulateSignIn(TLS, KNOWN)).provider).toBe(false);
});
