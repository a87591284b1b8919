import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";
import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNotesApi } from "./create-notes-api.ts";
import { AUDIENCE, startTokenMint, type TokenMint } from "./token-mint.fixture.ts";

const URL_OF_NOTES = "http://localhost/v1";

let mint: TokenMint;
let api: ReturnType<typeof createNotesApi>;
let prove: (token: string, claims?: Record<string, unknown>) => Promise<string>;
let jkt: string;
beforeAll(async () => {
  mint = await startTokenMint();
  const { issuer, jwksUri } = mint;
  api = createNotesApi({ issuer, jwksUri, audience: AUDIENCE, database: ":memory:", boundTokens: true });
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk: JWK = await exportJWK(publicKey);
  jkt = await calculateJwkThumbprint(jwk);
  prove = (token, claims = {}) =>
    new SignJWT({
      jti: randomUUID(),
      htm: "GET",
      htu: URL_OF_NOTES,
      ath: createHash("sha256").update(token).digest("base64url"),
      iat: Math.floor(Date.now() / 1_000),
      ...claims,
    })
      .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
      .sign(privateKey);
});
afterAll(() => mint.close());

async function call(authorization: string, dpop?: string) {
  return api.request(URL_OF_NOTES, { headers: { authorization, ...(dpop === undefined ? {} : { dpop }) } });
}

/** A nonce that is good for one call. */
async function freshNonce(): Promise<string> {
  return (await call("Bearer none")).headers.get("dpop-nonce") ?? "";
}

describe("the notes API, where it takes bound tokens alone", () => {
  it("accepts a token with the proof of its key and a nonce of ours, each once", async () => {
    const token = await mint.mint({ cnf: { jkt } });
    const proof = await prove(token, { nonce: await freshNonce() });
    expect((await call(`DPoP ${token}`, proof)).status).toBe(200);
    expect((await call(`DPoP ${token}`, proof)).status).toBe(401);
  });

  it.each<[string, Record<string, unknown> | undefined, string | undefined, string | undefined]>([
    ["the bearer scheme", {}, "Bearer", undefined],
    ["no proof", undefined, undefined, "invalid_dpop_proof"],
    ["another method", { htm: "POST" }, undefined, "invalid_dpop_proof"],
    ["another place", { htu: "http://localhost/v1/other" }, undefined, "invalid_dpop_proof"],
    ["another token's hash", { ath: "x" }, undefined, "invalid_dpop_proof"],
    ["an old proof", { iat: 1 }, undefined, "invalid_dpop_proof"],
    ["a nonce of somebody else", { nonce: "other" }, undefined, "use_dpop_nonce"],
  ])("refuses %s", async (_name, claims, scheme = "DPoP", error) => {
    const token = await mint.mint({ cnf: { jkt } });
    const nonce = await freshNonce();
    const proof = claims === undefined ? undefined : await prove(token, { nonce, ...claims });
    const answer = await call(`${scheme} ${token}`, proof);
    const challenge = answer.headers.get("www-authenticate") ?? "";
    expect([answer.status, /error="(\w+)"/.exec(challenge)?.[1]]).toEqual([401, error]);
    expect(challenge).toMatch(/^DPoP realm="notes"/);
    expect(answer.headers.get("dpop-nonce")).not.toBe(nonce);
  });

  it("refuses a token that is bound to another key, or to none, and one that isn't good whatever its proof", async () => {
    for (const token of [
      await mint.mint({ cnf: { jkt: "other" } }),
      await mint.mint(),
      await mint.forge({ cnf: { jkt } }),
    ]) {
      const proof = await prove(token, { nonce: await freshNonce() });
      expect((await call(`DPoP ${token}`, proof)).status).toBe(401);
    }
  });
});
