import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from "jose";

export const AUDIENCE = "https://notes.example/api";

/** A stand-in for an issuer: real keys, served over real HTTP; counts who asks. */
export interface TokenMint {
  readonly issuer: string;
  readonly jwksUri: string;
  jwksRequests(): number;
  /** Answers this status instead of keys; `undefined` repairs it. */
  breakWith(status: number | undefined): void;
  mint(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** With a key that the issuer never published. */
  forge(claims?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function startTokenMint(): Promise<TokenMint> {
  const own = await generateKeyPair("RS256");
  const foreign = await generateKeyPair("RS256");
  const publicJwk: JWK = { ...(await exportJWK(own.publicKey)), kid: "one", alg: "RS256", use: "sig" };
  let requests = 0;
  let broken: number | undefined;
  const server = createServer((request, response) => {
    requests += request.url === "/jwks" ? 1 : 0;
    if (broken !== undefined) {
      response.writeHead(broken).end();
      return;
    }
    const metadata = { issuer, jwks_uri: `${issuer}/jwks` };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [publicJwk] } : metadata));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const sign = (key: CryptoKey, claims: Record<string, unknown>, header: Record<string, unknown>) => {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: issuer,
      aud: AUDIENCE,
      sub: "ada",
      client_id: "test-client",
      jti: crypto.randomUUID(),
      iat: now,
      exp: now + 30,
      scope: "notes:read notes:write",
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: "RS256", kid: "one", typ: "at+jwt", ...header })
      .sign(key);
  };

  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    jwksRequests: () => requests,
    breakWith(status) {
      broken = status;
    },
    mint: (claims = {}, header = {}) => sign(own.privateKey, claims, header),
    forge: (claims = {}) => sign(foreign.privateKey, claims, {}),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
