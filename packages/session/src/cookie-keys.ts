import { type Bytes, decodeBase64url, encodeBase64url } from "./base64url.ts";

/** 256 bits. */
const MIN_KEY_BYTES = 32;
/** 32 random bytes have fewer distinct ones than this once in more than 10^12 keys. */
const MIN_DISTINCT_BYTES = 16;
const EXAMPLE_WORDS =
  /password|passphrase|secret|example|change.?me|coatcheck|placeholder|your.?key|0123456789|abcdefgh/iu;

const FIX = "make a new one with `pnpm keygen`";

/** Makes a key for sealing cookies: 32 random bytes as base64url. */
export const generateCookieKey = (randomBytes: (length: number) => Uint8Array): string =>
  encodeBase64url(randomBytes(MIN_KEY_BYTES));

const isText = (bytes: Uint8Array): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

const isProgression = (bytes: Uint8Array): boolean => {
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff;
  return bytes.every((byte, index) => index === 0 || ((byte - (bytes[index - 1] ?? 0)) & 0xff) === step);
};

const findWeakness = (key: string, bytes: Bytes | undefined): string | undefined => {
  if (EXAMPLE_WORDS.test(key)) return `is an example or a phrase, not random bytes: ${FIX}`;
  if (bytes === undefined) return `isn't base64url: ${FIX}`;
  if (bytes.length < MIN_KEY_BYTES) return `has ${bytes.length * 8} bits, but needs 256: ${FIX}`;
  if (new Set(bytes).size < MIN_DISTINCT_BYTES || isProgression(bytes) || isText(bytes)) {
    return `isn't random: ${FIX}`;
  }
  return undefined;
};

/** Reads the configured keys; `problems` names each bad one by its place in the list, never by its text. */
export const parseCookieKeys = (
  keys: readonly string[],
): { readonly keys: readonly Bytes[]; readonly problems: readonly string[] } => {
  const good: Bytes[] = [];
  const problems: string[] = [];
  if (keys.length === 0) problems.push(`cookie keys: there is none: ${FIX}`);
  for (const [index, key] of keys.entries()) {
    const bytes = decodeBase64url(key);
    const weakness = findWeakness(key, bytes);
    const twin = keys.indexOf(key);
    if (weakness !== undefined) problems.push(`cookie keys: number ${index + 1} ${weakness}`);
    else if (twin !== index)
      problems.push(`cookie keys: number ${index + 1} repeats number ${twin + 1}: remove one`);
    else if (bytes !== undefined) good.push(bytes);
  }
  return { keys: good, problems };
};
