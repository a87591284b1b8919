/** A request target in canonical form: the very bytes that were received. */
export interface ParsedTarget {
  readonly kind: "parsed";
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** The path has an encoded slash or backslash, encoded once or more often: fit only for a route that allows it. */
  readonly hasEncodedSlash: boolean;
}

/** `bad_request`: not a path at all. `ambiguous_path`: a path that two readers would read as two different ones. */
export interface RefusedTarget {
  readonly kind: "refused";
  readonly code: "bad_request" | "ambiguous_path";
}

/** RFC 3986 `pchar`, the three that browsers leave as they are in a path, and the backslash, which is refused later. */
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@[\]|/\\]|%[0-9A-Fa-f]{2})*$/u;
const QUERY = /^(?:\?[\x21\x22\x24-\x7e]*)?$/u;
const NEEDS_A_LOOK = /[%.\\]|\/\//u;
/** Controls: some readers end at them, some drop them. */
const CONTROL = /%(?:[01][0-9A-F]|7F)/iu;
/** Encodings of letters, digits, `-`, `.`, `_`, `~`: another spelling of a path that someone may have named in a rule. */
const NEEDLESS = /%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/iu;
/** Some servers cut parameters, a query, a fragment or spaces off before they resolve dots: `..;x` is `..` to them. */
const DOT_SEGMENT = /^\.{1,2}(?: *$|[;?#\x00-\x1f])/u;
/** Nobody decodes more often than this. */
const MAX_DECODINGS = 4;

/**
 * Reads a raw request target if it is in canonical form already; nothing is rewritten, so that what the guard reads, what
 * routes match and what the upstream gets are the same bytes.
 *
 * Encoded characters such as `%23`, `%3F`, `%25` and `%20` pass as they stand. Refused as ambiguous: `//`, backslashes, dot
 * segments (also encoded, and again encoded), encoded controls, and encodings of characters that need none. Refused as no
 * path: the absolute form, a raw `#`, broken encodings and anything that isn't UTF-8.
 *
 * @see RFC 9112 section 3.2, RFC 3986 section 6.2.2
 */
export function parseTarget(rawTarget: string): ParsedTarget | RefusedTarget {
  const questionMark = rawTarget.indexOf("?");
  const path = questionMark === -1 ? rawTarget : rawTarget.slice(0, questionMark);
  const query = questionMark === -1 ? "" : rawTarget.slice(questionMark);
  if (!PATH.test(path) || !QUERY.test(query)) return refused("bad_request");
  if (!NEEDS_A_LOOK.test(path)) return { kind: "parsed", path, query, hasEncodedSlash: false };
  if (!isUtf8(path)) return refused("bad_request");
  if (path.includes("//") || path.includes("\\") || CONTROL.test(path) || NEEDLESS.test(path))
    return refused("ambiguous_path");
  let hasEncodedSlash = false;
  for (const segment of path.split("/")) {
    for (const reading of readingsOf(segment)) {
      const parts = reading.split(/[/\\]/u);
      hasEncodedSlash ||= parts.length > 1;
      if (parts.some((part) => DOT_SEGMENT.test(part))) return refused("ambiguous_path");
    }
  }
  return { kind: "parsed", path, query, hasEncodedSlash };
}

/** What follows the prefix: empty, or a slash and more; `undefined` if the path isn't under it. Whole segments only. */
export function matchPath(path: string, prefix: string): string | undefined {
  if (path === prefix) return "";
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

function refused(code: RefusedTarget["code"]): RefusedTarget {
  return { kind: "refused", code };
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** The segment as it stands, and as it reads to those who decode it once, twice, ... */
function readingsOf(segment: string): readonly string[] {
  const readings = [segment];
  for (let reading = segment; reading.includes("%") && readings.length <= MAX_DECODINGS;) {
    // `%25` before an encoding is skipped at once: an attacker can repeat it more often than we would like to decode.
    const next = reading.replaceAll(/%(?:25)*([0-9A-F]{2})/giu, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === reading) break;
    readings.push(next);
    reading = next;
  }
  return readings;
}
