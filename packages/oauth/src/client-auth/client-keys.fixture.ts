import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { JWK } from "jose";

/** A fresh private JWK, and the JWK Set that a client is configured with and publishes. */
export interface TestKey {
  readonly jwk: JWK;
  readonly kid: string;
}

export async function makeClientKey(alg: string, options: { readonly bits?: number } = {}): Promise<TestKey> {
  const { privateKey } = await generateKeyPair(alg, {
    extractable: true,
    ...(options.bits === undefined ? {} : { modulusLength: options.bits }),
  });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { jwk: { ...jwk, alg, kid, use: "sig" }, kid };
}

export function keySet(...keys: readonly JWK[]): string {
  return JSON.stringify({ keys });
}
