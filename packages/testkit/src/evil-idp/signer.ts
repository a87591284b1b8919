import { CompactSign, exportJWK, generateKeyPair } from "jose";
import type { CompactJWSHeaderParameters, GenerateKeyPairResult, JWK } from "jose";

/** One signing key of the provider. */
export interface Signer {
  readonly publicKey: JWK;
  /** Signs any payload under any header; `kid` and `alg` are the caller's to say. */
  sign(header: Readonly<Record<string, unknown>>, payload: string | Uint8Array): Promise<string>;
}

/** Making an RSA key takes longer than a whole test, so all providers of a process share the pairs. */
const keyPairs = new Map<string, Promise<GenerateKeyPairResult>>();

/** @param number which of the provider's keys it is: each has a pair of its own, whatever it is called. */
export async function createSigner(algorithm: string, keyId: string, number: number): Promise<Signer> {
  const name = `${algorithm} ${number}`;
  const made = keyPairs.get(name) ?? generateKeyPair(algorithm, { extractable: true });
  keyPairs.set(name, made);
  const { privateKey, publicKey } = await made;
  return {
    publicKey: { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: "sig" },
    sign: (header, payload) =>
      new CompactSign(typeof payload === "string" ? new TextEncoder().encode(payload) : payload)
        .setProtectedHeader(header as CompactJWSHeaderParameters)
        .sign(privateKey, { crit: { "https://coatcheck.example/crit": true } }),
  };
}
