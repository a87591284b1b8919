import { type Bytes, decodeBase64url, encodeBase64url } from "./base64url.ts";

/** 256 bits. */
const MIN_KEY_BYTES = 32;
/** 32 random bytes have fewer distinct ones than this once in more than 10^12 keys. */
const MIN_DISTINCT_BYTES = 16;
const EXAMPLE_WORDS =
  /password|passphrase|secret|example|change.?me|coatcheck|placeholder|your.?key|0123456789|abcdefgh/iu;

const MAKE_ONE = "make a new one with coatcheck keygen";

/** Makes a key for sealing cookies: 32 random bytes as base64url. */
export function generateCookieKey(randomBytes: (length: number) => Uint8Array): string {
  return encodeBase64url(randomBytes(MIN_KEY_BYTES));
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}

/** Of 43 random signs of 64, all are of one case less than once in 10^12 keys. */
function isOneCase(key: string): boolean {
  return /^(?:[a-z_-]+|[A-Z_-]+)$/u.test(key);
}

function isProgression(bytes: Uint8Array): boolean {
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff;
  return bytes.every((byte, index) => index === 0 || ((byte - (bytes[index - 1] ?? 0)) & 0xff) === step);
}

function findWeakness(key: string, bytes: Bytes | undefined): string | undefined {
  if (EXAMPLE_WORDS.test(key)) return "is an example or a phrase, not random bytes";
  if (bytes === undefined) return "isn't base64url";
  if (bytes.length < MIN_KEY_BYTES) return `has ${bytes.length * 8} bits, but needs 256`;
  const isRandom =
    new Set(bytes).size >= MIN_DISTINCT_BYTES && !isProgression(bytes) && !isText(bytes) && !isOneCase(key);
  return isRandom ? undefined : "isn't random";
}

/**
 * Reads the configured keys. A key is at least 32 random bytes as base64url. Phrases and the examples of manuals are refused:
 * keys are derived without stretching, so one that can be guessed opens every session.
 *
 * @returns `problems` names each bad one by its place in the list, never by its text.
 */
export function parseCookieKeys(keys: readonly string[]): {
  readonly keys: readonly Bytes[];
  readonly problems: readonly string[];
} {
  if (keys.length === 0) return { keys: [], problems: [`there is none: ${MAKE_ONE}`] };
  const problems = keys.flatMap((key, index) => {
    const place = `number ${index + 1} of ${keys.length}`;
    // A new key instead of one that is there would end every session.
    if (key === "") return [`${place} is empty: remove a comma, or write the key that is missing`];
    const weakness = findWeakness(key, decodeBase64url(key));
    if (weakness !== undefined) return [`${place} ${weakness}: ${MAKE_ONE}`];
    const twin = keys.indexOf(key);
    return twin === index ? [] : [`${place} repeats number ${twin + 1}: remove one of them`];
  });
  return { keys: keys.flatMap((key) => decodeBase64url(key) ?? []), problems };
}
