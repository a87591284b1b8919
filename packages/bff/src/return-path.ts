declare const returnPath: unique symbol;

/** A path, query and fragment on our own origin, at most 512 bytes, that a redirect may name. */
export type ReturnPath = string & { readonly [returnPath]: true };

/** Where a person lands when nothing better is known. */
export const HOME = "/" as ReturnPath;

export const MAX_RETURN_PATH_BYTES = 512;

/**
 * Turns what a link asked for into a path on our origin; anything else becomes `/` (S-008).
 *
 * The value is parsed once, the way a browser would, against an origin that nobody has; what leaves is the parser's
 * own output, so that no second reader can see another target in it.
 *
 * @param rawReturnTo one value of the query, already percent-decoded once.
 */
export function parseReturnPath(rawReturnTo: string | undefined): ReturnPath {
  if (rawReturnTo === undefined || rawReturnTo.length > MAX_RETURN_PATH_BYTES) return HOME;
  if (!rawReturnTo.startsWith("/") || hasForbiddenCharacter(rawReturnTo)) return HOME;
  const url = URL.parse(rawReturnTo, NOWHERE);
  if (url === null || url.origin !== NOWHERE || url.username !== "" || url.password !== "") return HOME;
  const path = url.pathname + url.search + url.hash;
  // `/.//evil.example` has the path `//evil.example`, which is another host to whoever reads it next.
  if (path.startsWith("//") || isEncodedHost(url.pathname) || path.length > MAX_RETURN_PATH_BYTES)
    return HOME;
  // The BFF's own paths are no place to come back to: `/bff/login` would begin again, for ever.
  return isOwnPath(url.pathname) ? HOME : (path as ReturnPath);
}

const NOWHERE = "https://nowhere.invalid";

/** Backslashes (a slash to browsers), and controls, spaces and invisible characters that some parsers drop. */
function hasForbiddenCharacter(value: string): boolean {
  for (const character of value) {
    const point = character.codePointAt(0) ?? 0;
    if (point <= 0x20 || point === 0x7f || character === "\\") return true;
    // Beyond ASCII only what a path may hold: no line or paragraph separators, no lone surrogates, no look-alike slashes.
    if (point >= 0x80 && /[\p{C}\p{Z}\u2044\u2215\u29f8\ufe68\uff0f\uff3c]/u.test(character)) return true;
  }
  return false;
}

/** `/%2f%2fevil.example` and `/%5cevil.example`: another host to whoever decodes once more. */
function isEncodedHost(pathname: string): boolean {
  return /^\/+(?:%2f|%5c|%09|%0a|%0d)/iu.test(pathname);
}

function isOwnPath(pathname: string): boolean {
  const lower = pathname.toLowerCase();
  return lower === "/bff" || lower.startsWith("/bff/");
}
