import { CompactSign, exportJWK, generateKeyPair } from "jose";
import type { CompactJWSHeaderParameters, JWK } from "jose";

/** One signing key of the provider. */
export interface Signer {
  readonly publicKey: JWK;
  /** Signs any payload under any header; `kid` and `alg` are the caller's to say. */
  sign(header: Readonly<Record<string, unknown>>, payload: string | Uint8Array): Promise<string>;
}

export async function createSigner(algorithm: string, keyId: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    publicKey: { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: "sig" },
    sign: (header, payload) =>
      new CompactSign(typeof payload === "string" ? new TextEncoder().encode(payload) : payload)
        .setProtectedHeader(header as CompactJWSHeaderParameters)
        .sign(privateKey, { crit: { "https://coatcheck.example/crit": true } }),
  };
}
