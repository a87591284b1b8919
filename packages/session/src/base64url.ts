import { base64ToUint8Array, uint8ArrayToBase64 } from "uint8array-extras";

/** Bytes of their own buffer, as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Writes bytes as base64url without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return uint8ArrayToBase64(bytes, { urlSafe: true });
}

/** Reads canonical base64url without padding; `undefined` for anything else, so that bytes have one spelling only. */
export function decodeBase64url(text: string): Bytes | undefined {
  if (!/^[A-Za-z0-9_-]*$/u.test(text) || text.length % 4 === 1) return undefined;
  const bytes = base64ToUint8Array(text);
  return encodeBase64url(bytes) === text ? bytes : undefined;
}
