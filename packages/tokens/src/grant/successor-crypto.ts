import { base64ToUint8Array, uint8ArrayToBase64 } from "uint8array-extras";

/** A value now or later: ports may be synchronous, so that a simulation replays exactly. */
export type MaybePromise<T> = T | Promise<T>;

/** Who may open what is sealed: whoever holds the refresh token of this generation. */
export interface SuccessorLock {
  readonly refreshToken: string;
  readonly sid: string;
  readonly generation: number;
  /** `seal`: the grant that followed when this generation was spent. `tokens`: this generation's own access tokens. */
  readonly content: "seal" | "tokens";
}

/** What the ledger's contents are hidden with, so that a reader of the store learns nothing. */
export interface SuccessorCrypto {
  /** The key of a session's record: HKDF(session id, `locate`). */
  locate(sid: string): MaybePromise<string>;
  /** A one-way name for something that isn't secret by itself, such as (`iss`, `sub`). */
  fingerprint(label: string, parts: readonly string[]): MaybePromise<string>;
  seal(lock: SuccessorLock, text: string): MaybePromise<string>;
  /** `undefined` when this lock doesn't open it. */
  open(lock: SuccessorLock, sealed: string): MaybePromise<string | undefined>;
}

const NONCE_BYTES = 12;

function toText(bytes: Uint8Array): string {
  return uint8ArrayToBase64(bytes, { urlSafe: true });
}

/** HKDF-SHA-256 and AES-256-GCM by WebCrypto. @see RFC 5869, NIST SP 800-38D */
export function createWebSuccessorCrypto(randomBytes: (count: number) => Uint8Array): SuccessorCrypto {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true });

  function material(secret: string) {
    return crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey", "deriveBits"]);
  }

  function hkdf(salt: string, info: string) {
    return { name: "HKDF", hash: "SHA-256", salt: encoder.encode(salt), info: encoder.encode(info) };
  }

  async function sealKey(lock: SuccessorLock, usage: "encrypt" | "decrypt") {
    return crypto.subtle.deriveKey(
      hkdf(lock.sid, lock.content + String(lock.generation)),
      await material(lock.refreshToken),
      { name: "AES-GCM", length: 256 },
      false,
      [usage],
    );
  }

  return {
    async locate(sid) {
      const bits = await crypto.subtle.deriveBits(hkdf("", "locate"), await material(sid), 256);
      return toText(new Uint8Array(bits));
    },
    async fingerprint(label, parts) {
      const bytes = encoder.encode(JSON.stringify(["coatcheck", label, ...parts]));
      return toText(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    },
    async seal(lock, text) {
      const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
      const key = await sealKey(lock, "encrypt");
      const body = new Uint8Array(
        await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, encoder.encode(text)),
      );
      const sealed = new Uint8Array(NONCE_BYTES + body.length);
      sealed.set(nonce);
      sealed.set(body, NONCE_BYTES);
      return toText(sealed);
    },
    async open(lock, sealed) {
      const key = await sealKey(lock, "decrypt");
      try {
        const bytes = base64ToUint8Array(sealed);
        const opened = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv: bytes.subarray(0, NONCE_BYTES) },
          key,
          bytes.subarray(NONCE_BYTES),
        );
        return decoder.decode(opened);
      } catch {
        // Another key, or a damaged value: an answer, not a failure. It counts as no successor.
        return undefined;
      }
    },
  };
}
