declare const returnPath: unique symbol;

/** A path, query and fragment on our own origin, at most 2,048 bytes, where the page is. */
export type ReturnPath = string & { readonly [returnPath]: true };

/** Where a person lands when nothing better is known. */
export const HOME = "/" as ReturnPath;

/** More doesn't fit into the cookie of a pending sign-in. */
export const MAX_RETURN_PATH_BYTES = 2048;

export interface ParsedReturnPath {
  readonly path: ReturnPath;
  /** It was too long to be kept, so that it became `/`. */
  readonly isTooLong: boolean;
}

/**
 * Turns what a link asked for into a place of the page; anything else becomes `/` (S-008).
 *
 * The value is parsed once, the way a browser would, against an origin that nobody has; what leaves is the parser's
 * own output, so that no second reader can see another target in it.
 *
 * @param rawReturnTo one value of the query, already percent-decoded once.
 * @param isPage whether a navigation to a path gets the page.
 */
export function parseReturnPath(
  rawReturnTo: string | undefined,
  isPage: (path: string) => boolean,
): ParsedReturnPath {
  if (rawReturnTo === undefined || !rawReturnTo.startsWith("/")) return NOWHERE_ELSE;
  if (rawReturnTo.length > MAX_RETURN_PATH_BYTES) return TOO_LONG;
  if (FORBIDDEN.test(rawReturnTo) || INVISIBLE_FIRST.test(rawReturnTo)) return NOWHERE_ELSE;
  const url = URL.parse(rawReturnTo, NOWHERE);
  if (url === null || url.origin !== NOWHERE || url.username !== "" || url.password !== "")
    return NOWHERE_ELSE;
  const path = url.pathname + url.search + url.hash;
  if (path.length > MAX_RETURN_PATH_BYTES) return TOO_LONG;
  return isPage(url.pathname) ? { path: path as ReturnPath, isTooLong: false } : NOWHERE_ELSE;
}

const NOWHERE_ELSE: ParsedReturnPath = { path: HOME, isTooLong: false };
const TOO_LONG: ParsedReturnPath = { path: HOME, isTooLong: true };
const NOWHERE = "https://nowhere.invalid";
/** Backslashes (a slash to browsers), and controls, spaces and line ends that some parsers drop. */
const FORBIDDEN = /[\x00-\x20\x7f\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** What can't be seen after the first slash may be skipped there, or taken for a second one. */
const INVISIBLE_FIRST = /^\/[\p{C}\p{Z}\u2044\u2215\u29f8\ufe68\uff0f\uff3c]/u;
