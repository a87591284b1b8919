import { createHash, X509Certificate } from "node:crypto";
import { get } from "node:https";
import { createSelfSignedCertificate, type MadeCertificate } from "@coatcheck/dev-idp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNotesApi, type NotesApiServer } from "./start-notes-api.ts";
import { AUDIENCE, startTokenMint, type TokenMint } from "./token-mint.fixture.ts";

const server = await createSelfSignedCertificate({ commonName: "api", ipAddresses: ["127.0.0.1"] });
const own = await createSelfSignedCertificate({ commonName: "own" });
const other = await createSelfSignedCertificate({ commonName: "other" });

let mint: TokenMint;
let api: NotesApiServer;
beforeAll(async () => {
  mint = await startTokenMint();
  const { issuer, jwksUri } = mint;
  const options = { issuer, jwksUri, audience: AUDIENCE, database: ":memory:" };
  api = await startNotesApi({ ...options, certificateBoundTokens: true, tls: server });
});
afterAll(async () => {
  await api.close();
  await mint.close();
});

function boundTo({ cert }: MadeCertificate): Record<string, unknown> {
  const thumbprint = createHash("sha256").update(new X509Certificate(cert).raw).digest("base64url");
  return { cnf: { "x5t#S256": thumbprint } };
}

function statusOf(token: string, certificate: MadeCertificate | undefined): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const call = get(
      `${api.url}/v1`,
      { headers, ca: server.cert, ...certificate, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.on("error", reject);
  });
}

describe("the notes API, where it takes tokens that are bound to a certificate alone", () => {
  it.each<[string, () => Promise<string>, MadeCertificate | undefined, number]>([
    ["the certificate of the token", () => mint.mint(boundTo(own)), own, 200],
    ["another certificate", () => mint.mint(boundTo(own)), other, 401],
    ["no certificate", () => mint.mint(boundTo(own)), undefined, 401],
    ["a token that is bound to nothing", () => mint.mint(), own, 401],
    ["a token that is bound to a key", () => mint.mint({ cnf: { jkt: "x" } }), own, 401],
    ["a token that somebody else made", () => mint.forge(boundTo(own)), own, 401],
    ["no token at all", () => Promise.resolve("opaque"), own, 401],
  ])("answers %s", async (_name, token, certificate, status) => {
    expect(await statusOf(await token(), certificate)).toBe(status);
  });
});
