import type { Bytes } from "./base64url.ts";

/** A value or a promise of it, so that a simulation can answer at once. */
export type Eventually<T> = T | Promise<T>;

/** The keyed arithmetic of cookies as a port: WebCrypto by default, synchronous in a simulation that must replay exactly. */
export interface Mac {
  /** SHA-256 of the UTF-8 bytes. */
  digest(text: string): Eventually<Bytes>;
  /** 32 bytes for one purpose out of a key (HKDF, RFC 5869). */
  derive(key: Bytes, purpose: string): Eventually<Bytes>;
  /** HMAC-SHA-256 of the UTF-8 bytes. */
  sign(key: Bytes, text: string): Eventually<Bytes>;
  /** Compares in constant time; `false` for a tag of any other length. */
  verify(key: Bytes, tag: Bytes, text: string): Eventually<boolean>;
}

/** WebCrypto's key type by the name that every runtime's types know. */
type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** The real thing, on WebCrypto. Imported keys are kept as long as their bytes are. */
export function createWebCryptoMac(): Mac {
  const encoder = new TextEncoder();
  const imported = new WeakMap<Bytes, ImportedKey>();

  const hmacKey = async (key: Bytes): Promise<ImportedKey> => {
    const known = imported.get(key);
    if (known !== undefined) return known;
    const hmac = await crypto.subtle.importKey("raw", key, HMAC, false, ["sign", "verify"]);
    imported.set(key, hmac);
    return hmac;
  };

  return {
    digest: async (text) => new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))),
    derive: async (key, purpose) => {
      const base = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
      const bits = await crypto.subtle.deriveBits(
        {
          name: "HKDF",
          hash: "SHA-256",
          salt: encoder.encode("coatcheck session v1"),
          info: encoder.encode(purpose),
        },
        base,
        256,
      );
      return new Uint8Array(bits);
    },
    sign: async (key, text) =>
      new Uint8Array(await crypto.subtle.sign(HMAC.name, await hmacKey(key), encoder.encode(text))),
    verify: async (key, tag, text) =>
      crypto.subtle.verify(HMAC.name, await hmacKey(key), tag, encoder.encode(text)),
  };
}
