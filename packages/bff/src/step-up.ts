const MAX_ACR_VALUES_CHARACTERS = 200;
const MAX_AGE_SECONDS = 86_400 * 365;

/** Names of authentication contexts, space separated, as an API may ask for and a sign-in may request. */
export function isAcrValues(text: string): boolean {
  return (
    text.length <= MAX_ACR_VALUES_CHARACTERS &&
    /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/u.test(text)
  );
}

/** @returns seconds, or `undefined` for anything that isn't a whole number of them */
export function parseMaxAge(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,9}$/u.test(text)) return undefined;
  return Math.min(Number(text), MAX_AGE_SECONDS);
}
