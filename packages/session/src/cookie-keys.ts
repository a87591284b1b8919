import { type Bytes, decodeBase64url, encodeBase64url } from "./base64url.ts";

/** 256 bits. */
const MIN_KEY_BYTES = 32;
/** 32 random bytes have fewer distinct ones than this once in more than 10^12 keys. */
const MIN_DISTINCT_BYTES = 16;
const EXAMPLE_WORDS =
  /password|passphrase|secret|example|change.?me|coatcheck|placeholder|your.?key|0123456789|abcdefgh/iu;

const MAKE_ONE = "make a new one with `pnpm keygen`";

/** Makes a key for sealing cookies: 32 random bytes as base64url. */
export const generateCookieKey = (randomBytes: (length: number) => Uint8Array): string =>
  encodeBase64url(randomBytes(MIN_KEY_BYTES));

const isText = (bytes: Uint8Array): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

/** Of 43 random signs of 64, all are of one case less than once in 10^12 keys. */
const isOneCase = (key: string): boolean => /^(?:[a-z_-]+|[A-Z_-]+)$/u.test(key);

const isProgression = (bytes: Uint8Array): boolean => {
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff;
  return bytes.every((byte, index) => index === 0 || ((byte - (bytes[index - 1] ?? 0)) & 0xff) === step);
};

const findWeakness = (key: string, bytes: Bytes | undefined): string | undefined => {
  if (EXAMPLE_WORDS.test(key)) return "is an example or a phrase, not random bytes";
  if (bytes === undefined) return "isn't base64url";
  if (bytes.length < MIN_KEY_BYTES) return `has ${bytes.length * 8} bits, but needs 256`;
  const isRandom =
    new Set(bytes).size >= MIN_DISTINCT_BYTES && !isProgression(bytes) && !isText(bytes) && !isOneCase(key);
  return isRandom ? undefined : "isn't random";
};

/** What is wrong with one of several cookie keys. */
export interface CookieKeyFlaw {
  /** Its place in the list, from 1: a key is never named by its text. */
  readonly number: number;
  readonly kind: "weak" | "repeated";
  /** What is said of it: `isn't base64url`. */
  readonly flaw: string;
}

/**
 * Says what is wrong with cookie keys; empty if they are good. No key is part of the answer.
 *
 * A key is at least 32 random bytes as base64url. Phrases and the examples of manuals are refused: keys are derived
 * without stretching, so one that can be guessed opens every session.
 */
export const checkCookieKeys = (keys: readonly string[]): readonly CookieKeyFlaw[] =>
  keys.flatMap((key, index): readonly CookieKeyFlaw[] => {
    const number = index + 1;
    const weakness = findWeakness(key, decodeBase64url(key));
    if (weakness !== undefined) return [{ number, kind: "weak", flaw: weakness }];
    const twin = keys.indexOf(key);
    return twin === index ? [] : [{ number, kind: "repeated", flaw: `repeats number ${twin + 1}` }];
  });

/** Reads the configured keys; `problems` names each bad one by its place in the list. */
export const parseCookieKeys = (
  keys: readonly string[],
): { readonly keys: readonly Bytes[]; readonly problems: readonly string[] } => {
  if (keys.length === 0) return { keys: [], problems: [`cookie keys: there is none: ${MAKE_ONE}`] };
  const problems = checkCookieKeys(keys).map(
    ({ number, kind, flaw }) =>
      `cookie keys: number ${number} ${flaw}: ${kind === "weak" ? MAKE_ONE : "remove one"}`,
  );
  return { keys: keys.flatMap((key) => decodeBase64url(key) ?? []), problems };
};
