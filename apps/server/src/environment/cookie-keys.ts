/** Bytes of one key: 256 bits (S-128). */
const KEY_BYTES = 32;

/** Fewer different bytes than this in 32 is a pattern or a phrase, not chance: 32 random bytes show about 30. */
const MIN_DISTINCT_BYTES = 20;

/**
 * Makes one cookie key: 256 random bits in base64url.
 *
 * @param randomBytes the source of randomness.
 */
export function generateCookieKey(randomBytes: (size: number) => Uint8Array): string {
  return Buffer.from(randomBytes(KEY_BYTES)).toString("base64url");
}

/**
 * Says what is wrong with a cookie key, or `undefined` for a good one. The key is never part of the answer.
 *
 * A key is at least 32 random bytes in base64url. Phrases and the sample keys of other projects' manuals fail: sealing
 * derives its keys without stretching, so a key that can be guessed opens every session.
 */
export function findCookieKeyFlaw(key: string): string | undefined {
  if (/password|secret|example|change.?me|placeholder|your.?key/i.test(key)) return "is a sample or a phrase";
  if (!/^[A-Za-z0-9_-]+$/.test(key)) return "isn't base64url";
  const bytes = Buffer.from(key, "base64url");
  if (bytes.length < KEY_BYTES) return `holds ${bytes.length * 8} bits; 256 are needed`;
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (isText || new Set(bytes).size < MIN_DISTINCT_BYTES || /^[a-z_-]+$|^[A-Z_-]+$/.test(key))
    return "isn't random";
  return undefined;
}
