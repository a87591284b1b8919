/** The folder of the page's built files: what isn't there is missing, and no page. */
const RESERVED_SEGMENTS: ReadonlySet<string> = new Set(["assets"]);
/** Printable ASCII, as browsers send it: no raw backslash, `#` or `?`. */
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*$/u;
/** Browsers resolve these before they send a path; encoded, they hide what a path is under. */
const DOT_SEGMENT = /[/\\]\.{1,2}(?:[/\\;]|$)/u;
const CONTROL = /%(?:[01][\da-f]|7f)/iu;
/** A slash, what some readers take for one, or what some readers skip: `//host` is another host. */
const HOST_BEGINS = /^\/[/\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u2044\u2215\u29f8\ufe68\uff0f\uff3c]/u;
const MAX_LENGTH = 8 * 1024;
/** Nobody decodes more often. */
const MAX_DECODINGS = 3;

/**
 * Whether a document navigation to a path gets the page, whose own router reads it: everywhere but at the BFF's and the APIs'
 * own paths, whatever characters the path has.
 *
 * One decision for two: what serves the page, and `returnTo`, which leads nowhere else. Not pages: paths that begin with a dot
 * (`/.env`), the folder of built files, what another reader could take for another host, dot segments in any spelling,
 * controls, and what can't be decoded.
 *
 * @param path without query and fragment, as browsers send it.
 * @param isOwned whether the BFF answers there, in whatever spelling.
 * @see S-008, S-124, S-125
 */
export function isPagePath(path: string, isOwned: (path: string) => boolean): boolean {
  if (path.length > MAX_LENGTH || !PATH.test(path) || !isUtf8(path)) return false;
  if (CONTROL.test(path)) return false;
  for (const reading of readingsOf(path)) {
    const first = reading.slice(1).split(/[/\\]/u, 1)[0] ?? "";
    if (HOST_BEGINS.test(reading) || DOT_SEGMENT.test(reading)) return false;
    if (first.startsWith(".") || RESERVED_SEGMENTS.has(first.toLowerCase())) return false;
  }
  return !isOwned(path);
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** The path as it stands, and as it reads to those who decode it once, twice, ... */
function readingsOf(path: string): readonly string[] {
  const readings = [path];
  for (let reading = path; readings.length <= MAX_DECODINGS;) {
    const next = decode(reading);
    if (next === reading) break;
    readings.push(next);
    reading = next;
  }
  return readings;
}

const decoder = new TextDecoder();

/** Decodes what can be decoded, and leaves the rest: what was decoded once may hold a `%` of its own. */
function decode(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/giu, (run) =>
    decoder.decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))),
  );
}
