import { exportJWK, generateKeyPair, type JWK } from "jose";

/** A private JWK Set; keep it to let a restarted server's tokens stay valid. */
export interface SigningKeys {
  readonly keys: readonly JWK[];
}

/** Generates an RSA key (RS256) for ID tokens, logout tokens and JWT access tokens, and one for clients that want ES256. */
export async function generateSigningKeys(): Promise<SigningKeys> {
  return { keys: [await generateKey("RS256"), await generateKey("ES256")] };
}

/** Adds a key for each algorithm that has none. */
export async function completeSigningKeys(
  { keys }: SigningKeys,
  algorithms: readonly string[],
): Promise<SigningKeys> {
  const missing = new Set(algorithms.filter((wanted) => !keys.some(({ alg }) => alg === wanted)));
  return { keys: [...keys, ...(await Promise.all([...missing].map(generateKey)))] };
}

async function generateKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), use: "sig", alg };
}
