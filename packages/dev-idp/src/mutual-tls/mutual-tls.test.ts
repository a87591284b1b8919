import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevIdp, type DevIdp } from "../create-dev-idp.ts";
import type { DevIdpClient } from "../options/dev-idp-options.ts";
import { createSelfSignedCertificate, type MadeCertificate } from "./certificate-authority.ts";

const NOTES = "https://notes.example/api";
const own = await createSelfSignedCertificate({ commonName: "own" });
const unknown = await createSelfSignedCertificate({ commonName: "own" });

const common = { redirectUris: ["http://localhost:3999/cb"], clientCredentials: true } as const;
function byName(clientId: string, changes: Partial<DevIdpClient>): DevIdpClient {
  return { ...common, clientId, tokenEndpointAuthMethod: "tls_client_auth", ...changes };
}
const CLIENTS: readonly DevIdpClient[] = [
  byName("by-default", {}),
  byName("by-dn", { certificateSubject: { dn: "O=Coat\\, check,CN=somebody" } }),
  byName("by-dns", { certificateSubject: { dns: "app.example" } }),
  byName("by-ip", { certificateSubject: { ip: "127.0.0.9" } }),
  byName("by-uri", { certificateSubject: { uri: "https://app.example/" } }),
  byName("bound", { certificateBoundTokens: true }),
  {
    ...common,
    clientId: "self-signed",
    tokenEndpointAuthMethod: "self_signed_tls_client_auth",
    jwks: { keys: [jwkOf(own)] },
  },
];

let idp: DevIdp;
beforeAll(async () => {
  idp = await createDevIdp({
    clients: CLIENTS,
    resources: [{ indicator: NOTES, scopes: ["notes:read"] }],
    mutualTls: {},
  });
});
afterAll(() => idp.close());

function jwkOf({ cert }: MadeCertificate): Record<string, unknown> {
  const certificate = new X509Certificate(cert);
  return { ...certificate.publicKey.export({ format: "jwk" }), x5c: [certificate.raw.toString("base64")] };
}

function issue(names: Parameters<NonNullable<DevIdp["mutualTls"]>["authority"]["issue"]>[0]) {
  if (idp.mutualTls === undefined) throw new Error("there is no authority");
  return idp.mutualTls.authority.issue(names);
}

/** Asks for a token of the client's own, over a connection with a certificate, or without one. */
function askToken(clientId: string, certificate: MadeCertificate | undefined) {
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    resource: NOTES,
    scope: "notes:read",
  };
  const { origin = "", authority } = idp.mutualTls ?? {};
  return new Promise<{ status: number | undefined; body: Record<string, unknown> }>((resolve, reject) => {
    const call = request(
      `${origin}/token`,
      {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        ...(authority === undefined ? {} : { ca: authority.cert }),
        ...certificate,
        agent: false,
      },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () =>
          resolve({ status: response.statusCode, body: JSON.parse(text) as Record<string, unknown> }),
        );
      },
    );
    call.on("error", reject);
    call.end(new URLSearchParams(form).toString());
  });
}

describe("a provider that asks for certificates", () => {
  it("names the addresses for that in its metadata, and keeps its own", async () => {
    const answer = await fetch(`${idp.issuer}/.well-known/openid-configuration`);
    const metadata = (await answer.json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      token_endpoint: `${idp.issuer}/token`,
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: {
        token_endpoint: `${idp.mutualTls?.origin}/token`,
        userinfo_endpoint: `${idp.mutualTls?.origin}/me`,
      },
    });
    expect(metadata["token_endpoint_auth_methods_supported"]).toContain("self_signed_tls_client_auth");
  });

  it.each<[string, string, () => Promise<MadeCertificate>]>([
    ["its name, as the client id says it", "by-default", () => issue({ commonName: "by-default" })],
    ["its whole name", "by-dn", () => issue({ commonName: "somebody", organization: "Coat, check" })],
    ["a name of a host", "by-dns", () => issue({ commonName: "x", dnsNames: ["app.example"] })],
    ["an address", "by-ip", () => issue({ commonName: "x", ipAddresses: ["127.0.0.9"] })],
    ["a URI", "by-uri", () => issue({ commonName: "x", uris: ["https://app.example/"] })],
    ["the certificate itself", "self-signed", () => Promise.resolve(own)],
  ])("knows a client by %s", async (_, clientId, certificate) => {
    expect((await askToken(clientId, await certificate())).status).toBe(200);
  });

  it.each<[string, string, () => Promise<MadeCertificate | undefined>]>([
    ["no certificate", "by-default", () => Promise.resolve(undefined)],
    ["another name", "by-default", () => issue({ commonName: "by-default-too" })],
    ["more than the name", "by-default", () => issue({ commonName: "by-default", organization: "x" })],
    ["another name of a host", "by-dns", () => issue({ commonName: "app.example", dnsNames: ["b.example"] })],
    [
      "the right name, signed by itself",
      "by-default",
      () => createSelfSignedCertificate({ commonName: "by-default" }),
    ],
    [
      "the right name, and over",
      "by-default",
      () =>
        issue({
          commonName: "by-default",
          notBefore: new Date("2020-01-01"),
          notAfter: new Date("2021-01-01"),
        }),
    ],
    ["another certificate than the registered one", "self-signed", () => Promise.resolve(unknown)],
  ])("refuses %s", async (_, clientId, certificate) => {
    const answer = await askToken(clientId, await certificate());
    expect([answer.status, answer.body["error"]]).toEqual([401, "invalid_client"]);
  });

  it("binds tokens to the certificate that was shown", async () => {
    const certificate = await issue({ commonName: "bound" });
    const { body } = await askToken("bound", certificate);
    const der = new X509Certificate(certificate.cert).raw;
    const thumbprint = createHash("sha256").update(der).digest("base64url");
    expect(decodeJwt(String(body["access_token"]))["cnf"]).toEqual({ "x5t#S256": thumbprint });
  });

  it("writes certificates into a folder for whoever starts an application", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coatcheck-mutual-tls-"));
    const other = await createDevIdp({ clients: CLIENTS, mutualTls: { folder } });
    const [client] = ["by-default.pem"].map((name) => new X509Certificate(readFileSync(join(folder, name))));
    const authority = new X509Certificate(readFileSync(join(folder, "authority.pem")));
    expect([client?.subject, client?.verify(authority.publicKey)]).toEqual(["CN=by-default", true]);
    expect(readdirSync(folder)).toContain("by-default-key.pem");
    expect(readdirSync(folder)).not.toContain("self-signed.pem");
    await other.close();
    rmSync(folder, { recursive: true });
  });

  it.each<[string, DevIdpClient]>([
    ["proves itself by one", byName("x", {})],
    [
      "has tokens bound to one",
      { ...common, clientId: "x", clientSecret: "y", certificateBoundTokens: true },
    ],
  ])("is asked for where a client %s", async (_, client) => {
    await expect(createDevIdp({ clients: [client] })).rejects.toMatchObject({ code: "options_invalid" });
  });
});

describe("a provider that asks for none", () => {
  it("says nothing of certificates", async () => {
    const plain = await createDevIdp({ clients: [{ ...common, clientId: "x", clientSecret: "y" }] });
    const metadata = await (await fetch(`${plain.issuer}/.well-known/openid-configuration`)).text();
    expect([plain.mutualTls, metadata.includes("tls_client")]).toEqual([undefined, false]);
    await plain.close();
  });
});
