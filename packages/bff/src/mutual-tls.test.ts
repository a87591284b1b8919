import { createSelfSignedCertificate } from "@coatcheck/dev-idp";
import type { DevIdpClient, MadeCertificate } from "@coatcheck/dev-idp";
import { readClientCertificate } from "@coatcheck/oauth/node";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takeCertificateBoundTokensAlone } from "../fixtures/certificate-api.ts";
import { createBrowser } from "../fixtures/browser.ts";
import { ORIGIN, RESOURCE, startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { BffEnv } from "./hono/bff-env.ts";

/** A client with a certificate of its own make, as the provider knows it. */
async function selfSigned(): Promise<{
  certificate: MadeCertificate;
  jwks: NonNullable<DevIdpClient["jwks"]>;
}> {
  const certificate = await createSelfSignedCertificate({ commonName: "coatcheck-test" });
  return { certificate, jwks: { keys: [factsOf(certificate).publicJwk] } };
}

function factsOf(certificate: MadeCertificate) {
  const reading = readClientCertificate(certificate, Date.now());
  if (reading.kind === "unusable") throw new Error(reading.problem.fix);
  return reading.facts;
}

const { certificate: own, jwks } = await selfSigned();

describe.each<[string, Partial<DevIdpClient>, "issued" | MadeCertificate]>([
  ["tls_client_auth", {}, "issued"],
  ["self_signed_tls_client_auth", { jwks }, own],
])(
  "an application that proves itself by %s, with tokens bound to its certificate",
  (method, client, certificate) => {
    const tokenEndpointAuthMethod = method as NonNullable<BffConfig["provider"]["clientAuth"]>;
    let rig: Rig;
    beforeAll(async () => {
      rig = await startRig({
        certificate,
        client: { ...client, tokenEndpointAuthMethod, certificateBoundTokens: true, clientCredentials: true },
        idp: { pushedRequests: "required", accessTokenSeconds: 30 },
        provider: { clientAuth: tokenEndpointAuthMethod, certificateBoundTokens: true },
      });
      takeCertificateBoundTokensAlone(rig.api);
    });
    afterAll(() => rig.close());

    it("S-119: signs in by a pushed request, calls an API, UserInfo and introspection, refreshes, and revokes", async () => {
      const browser = rig.browser();
      expect((await rig.signIn(browser)).headers.get("location")).toBe("/");
      for (let round = 0; round < 2; round += 1) {
        expect((await browser.fetch("/api/notes/1")).status).toBe(200);
        expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
      }
      expect((await browser.fetch("/bff/userinfo")).status).toBe(200);
      const headers = { "content-type": "application/json" };
      const facts = await browser.fetch("/bff/validate", {
        method: "POST",
        headers,
        body: '{"resource":""}',
      });
      expect(await facts.json()).toMatchObject({ active: true, method: "introspection" });
      const before = rig.idp.counters().revocations;
      expect((await browser.fetch("/bff/logout", { method: "POST" })).status).toBe(200);
      await expect.poll(() => rig.idp.counters().revocations).toBe(before + 1);
      expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
    });

    it("S-119: an old cookie, joined and replayed refreshes, and other instances use the one certificate", async () => {
      const browser = rig.browser();
      await rig.signIn(browser);
      const old = browser.copy();
      const elsewhere = rig.browserOf(rig.instance(), browser);
      expect((await browser.fetch("/bff/refresh", { method: "POST" })).status).toBe(200);
      rig.advance(31_000);
      const callers = [browser, old, elsewhere];
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          callers[index % 3]?.fetch("/api/notes/1", { method: "POST", body: "x" }),
        ),
      );
      expect(answers.map((answer) => answer?.status)).toEqual(Array.from({ length: 12 }, () => 200));
      expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
    });

    it("S-018: publishes its certificate where it proves itself, and is asked for none elsewhere", async () => {
      const answer = await rig.browser().raw("/bff/jwks.json");
      const published: unknown = answer.status === 404 ? "nothing" : await answer.json();
      expect(published).toEqual(certificate === own ? { keys: [factsOf(own).publicJwk] } : "nothing");
    });

    it("S-119: calls an API in the application's own name with a token that is bound, too", async () => {
      const bff = rig.instance({
        routes: [
          { prefix: "/api/own", upstream: `${rig.api.origin}/v1`, resource: RESOURCE, tokenKind: "client" },
        ],
      });
      expect((await rig.browserOf(bff, rig.browser()).fetch("/api/own/1")).status).toBe(200);
    });
  },
);

describe("what a route says of an API that sees certificates", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      certificate: "issued",
      client: { tokenEndpointAuthMethod: "tls_client_auth", certificateBoundTokens: true },
      provider: { clientAuth: "tls_client_auth", certificateBoundTokens: true },
    });
  });
  afterAll(() => rig.close());

  it.each([
    ["as-issued", true],
    ["certificate", true],
    ["bearer", false],
  ] as const)("S-119: `%s` shows the certificate: %s", async (tokenProof, isShown) => {
    takeCertificateBoundTokensAlone(rig.api);
    const bff = rig.instance({
      routes: [{ prefix: "/api/notes", upstream: `${rig.api.origin}/v1`, resource: RESOURCE, tokenProof }],
    });
    const browser = rig.browser();
    await rig.signIn(browser);
    rig.api.calls.length = 0;
    const answer = await rig.browserOf(bff, browser).fetch("/api/notes/1");
    expect([answer.status, rig.api.calls[0]?.thumbprint !== undefined]).toEqual([
      isShown ? 200 : 401,
      isShown,
    ]);
  });

  it("S-119: shows it where code of the server calls the API", async () => {
    takeCertificateBoundTokensAlone(rig.api);
    const browser = rig.browser();
    await rig.signIn(browser);
    const app = new Hono<BffEnv>();
    app.get("/mine", rig.bff.session(), (c) =>
      rig.bff.fetch(c, `${rig.api.origin}/v1/mine`, { resource: RESOURCE }),
    );
    const ours = createBrowser({ app }, ORIGIN, rig.seen, [...browser.cookies.values()]);
    expect((await ours.fetch("/mine")).status).toBe(200);
  });

  it("S-119: the certificate's key reaches no page and no log", () => {
    const { clientCertificateKey } = rig.config.provider;
    const [, line = ""] = String(clientCertificateKey).split("\n");
    const text = JSON.stringify([rig.log, rig.seen.responses, rig.api.calls]);
    expect([line.length > 20, text.includes(line)]).toEqual([true, false]);
  });

  it("S-119: shows it to no API that gets no token", async () => {
    rig.api.calls.length = 0;
    await rig.browser().fetch("/api/open/1");
    expect(rig.api.calls.map(({ thumbprint }) => thumbprint)).toEqual([undefined]);
  });

  it("S-119: goes on with a new certificate: what is bound to the old one is refreshed", async () => {
    takeCertificateBoundTokensAlone(rig.api);
    const browser = rig.browser();
    await rig.signIn(browser);
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
    const renewed = await rig.idp.mutualTls?.authority.issue({ commonName: "coatcheck-test" });
    const { cert: clientCertificate = "", key: clientCertificateKey = "" } = renewed ?? {};
    const bff = rig.instance({
      provider: { ...rig.config.provider, clientCertificate, clientCertificateKey },
    });
    rig.advance(11_000);
    const later = rig.browserOf(bff, browser);
    expect((await later.fetch("/api/notes/1")).status).toBe(200);
    expect(new Set(rig.api.calls.map(({ thumbprint }) => thumbprint)).size).toBeGreaterThan(1);
    expect(rig.idp.counters()).toMatchObject({ reuseDetected: 0 });
  });
});

describe("an application whose certificate the provider doesn't know", () => {
  it.each<[string, Partial<DevIdpClient>, () => Promise<MadeCertificate>]>([
    [
      "tls_client_auth, another subject",
      { tokenEndpointAuthMethod: "tls_client_auth", certificateSubject: { dn: "CN=somebody else" } },
      () => Promise.reject(new Error("issued")),
    ],
    [
      "tls_client_auth, of no authority",
      { tokenEndpointAuthMethod: "tls_client_auth" },
      () => createSelfSignedCertificate({ commonName: "coatcheck-test" }),
    ],
    [
      "self_signed_tls_client_auth, not registered",
      { tokenEndpointAuthMethod: "self_signed_tls_client_auth", jwks },
      () => createSelfSignedCertificate({ commonName: "coatcheck-test" }),
    ],
  ])(
    "%s: the person lands with a word for it, and the log says what to register",
    async (_name, client, make) => {
      const certificate = await make().catch(() => "issued" as const);
      const { tokenEndpointAuthMethod: clientAuth } = client;
      const rig = await startRig({
        certificate,
        client,
        provider: clientAuth === undefined ? {} : { clientAuth },
      });
      const landed = await rig.signIn(rig.browser());
      expect(landed.headers.get("location")).toBe("/?signin=misconfigured");
      const refused = rig.log.find(({ event }) => event === "oauth_client_refused");
      expect(refused?.["advice"]).toMatch(/CN=coatcheck-test|thumbprint/u);
      await rig.close();
    },
  );
});
