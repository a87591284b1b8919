/** A request target in canonical form: the very bytes that were received. */
export interface ParsedTarget {
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** RFC 3986 `pchar`, and the three that browsers leave as they are in a path. */
const PATH = /^(?:\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@[\]|]|%[0-9A-Fa-f]{2})*)+$/u;
const QUERY = /^(?:\?[\x21\x22\x24-\x7e]*)?$/u;
/** Encoded once, or again and again: what would change the shape of the path for someone who decodes it, and controls. */
const SHAPE_CHANGING = /%(?:25)*(?:[01][0-9A-F]|7F|2[3EF]|3F|5C)/iu;
/** Encodings of letters, digits, `-`, `.`, `_`, `~`: another spelling of a path that someone may have named in a rule. */
const NEEDLESS = /%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/iu;

const isUtf8 = (path: string): boolean => {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
};

/** Some servers cut parameters off before they resolve dots: `..;x` is `..` to them. */
const isDotSegment = (segment: string): boolean => /^\.{1,2}(?:$|;|%3b)/iu.test(segment);

/**
 * Reads a raw request target if it is in canonical form already; nothing is rewritten, so that what the guard reads, what
 * routes match and what the upstream gets are the same bytes.
 *
 * `undefined` for the absolute form, `//`, dot segments (encoded, too), encoded slashes, backslashes, controls, `#` or `?`,
 * a raw `#`, encodings of characters that need none, broken encodings and anything that isn't UTF-8.
 *
 * @see RFC 9112 section 3.2, RFC 3986 section 6.2.2
 */
export const parseTarget = (rawTarget: string): ParsedTarget | undefined => {
  const questionMark = rawTarget.indexOf("?");
  const path = questionMark === -1 ? rawTarget : rawTarget.slice(0, questionMark);
  const query = questionMark === -1 ? "" : rawTarget.slice(questionMark);
  if (!PATH.test(path) || !QUERY.test(query)) return undefined;
  if (path.includes("//") || path.split("/").some(isDotSegment)) return undefined;
  if (path.includes("%")) {
    if (SHAPE_CHANGING.test(path) || NEEDLESS.test(path) || !isUtf8(path)) return undefined;
  }
  return { path, query };
};

/** What follows the prefix: empty, or a slash and more; `undefined` if the path isn't under it. Whole segments only. */
export const matchPath = (path: string, prefix: string): string | undefined => {
  if (path === prefix) return "";
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
};
