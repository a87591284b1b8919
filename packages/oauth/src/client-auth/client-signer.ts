import { calculateJwkThumbprint, importJWK } from "jose";
import type { CryptoKey, JWK } from "jose";
import type { ClientPrivateKey, ClientKeyAlgorithm } from "./client-keys.ts";

/** What this client signs with. */
export interface ClientSigningKey {
  readonly key: CryptoKey;
  readonly kid: string;
  readonly alg: ClientKeyAlgorithm;
}

/** A JWK Set without secrets. @see RFC 7517 section 5 */
export interface PublicKeys {
  readonly keys: readonly JWK[];
}

/** This client's own keys. */
export interface ClientSigner {
  /** The first of the configured keys. @throws where it can't be used, such as a key whose halves don't fit together */
  signingKey(): Promise<ClientSigningKey>;
  /** The public halves of all of them, for the provider. */
  publicKeys(): Promise<PublicKeys>;
}

const PUBLIC_MEMBERS = ["kty", "crv", "n", "e", "x", "y"] as const;

/** Imports nothing until it is asked. */
export function createClientSigner(keys: readonly [ClientPrivateKey, ...ClientPrivateKey[]]): ClientSigner {
  let imported: Promise<ClientSigningKey> | undefined;
  let published: Promise<PublicKeys> | undefined;

  async function importFirst(): Promise<ClientSigningKey> {
    const [{ alg, jwk }] = keys;
    const key = (await importJWK(jwk, alg)) as CryptoKey;
    return { key, alg, kid: await kidOf(keys[0]) };
  }

  return {
    signingKey: () => (imported ??= importFirst()),
    publicKeys: () => (published ??= Promise.all(keys.map(publicHalf)).then((halves) => ({ keys: halves }))),
  };
}

async function publicHalf(key: ClientPrivateKey): Promise<JWK> {
  const members = PUBLIC_MEMBERS.filter((name) => key.jwk[name] !== undefined);
  const half = Object.fromEntries(members.map((name) => [name, key.jwk[name]]));
  return { ...half, kid: await kidOf(key), alg: key.alg, use: "sig" };
}

async function kidOf({ kid, jwk }: ClientPrivateKey): Promise<string> {
  return kid ?? calculateJwkThumbprint(jwk);
}
