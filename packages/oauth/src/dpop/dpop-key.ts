import { importJWK } from "jose";
import type { CryptoKey, JWK } from "jose";

/** What a session's tokens are bound to: a private P-256 key as text, small enough for a cookie. Opaque to everybody else. */
export type DpopKey = string;

/** What every provider that knows DPoP takes. */
export const DPOP_ALGORITHM = "ES256";

export interface UsableDpopKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Makes a key for one session: `d.x.y` of a JWK, 131 characters. */
export async function generateDpopKey(): Promise<DpopKey> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(curve, true, ["sign"]);
  const { d, x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  return [d, x, y].join(".");
}

/** @throws where the text is none of ours */
export async function importDpopKey(key: DpopKey): Promise<UsableDpopKey> {
  const [d = "", x = "", y = ""] = key.split(".");
  const publicJwk = { kty: "EC", crv: "P-256", x, y };
  return { publicJwk, privateKey: (await importJWK({ ...publicJwk, d }, DPOP_ALGORITHM)) as CryptoKey };
}
