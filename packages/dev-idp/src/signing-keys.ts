import { exportJWK, generateKeyPair, type JWK } from "jose";

/** A private JWK Set; keep it to let a restarted server's tokens stay valid. */
export interface SigningKeys {
  readonly keys: readonly JWK[];
}

/** Generates one RSA key (RS256) for ID tokens, logout tokens and JWT access tokens. */
export async function generateSigningKeys(): Promise<SigningKeys> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { keys: [{ ...jwk, kid: crypto.randomUUID(), use: "sig", alg: "RS256" }] };
}
