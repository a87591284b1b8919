import { createPrivateKey } from "node:crypto";
import type { JsonWebKey } from "node:crypto";

const BLOCK = /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g;

/** Whether a text is meant to be PEM. */
export function isPem(text: string): boolean {
  return /-----BEGIN /.test(text);
}

/**
 * Turns private keys in PEM, one or more in a row, into the JWK Set that `clientKeys` takes. What a key is good for is checked there.
 *
 * @throws {TypeError} where one can't be read, or is sealed by a passphrase; says nothing of what it holds
 */
export function clientKeysFromPem(pem: string): string {
  const keys = [...pem.matchAll(BLOCK)].map(([block]) => toJwk(block));
  return JSON.stringify({ keys });
}

function toJwk(block: string): JsonWebKey {
  try {
    return createPrivateKey(block).export({ format: "jwk" });
  } catch {
    // The platform's own words may quote the key.
    throw new TypeError("not a private key in PEM without a passphrase");
  }
}
