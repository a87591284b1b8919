/** First segments that belong to somebody else than the page's own router. */
const RESERVED_SEGMENTS: ReadonlySet<string> = new Set(["bff", "api", "assets", "healthz", "readyz"]);
const MAX_PATH_LENGTH = 2048;

/**
 * May the page's own router own this path, so that the HTML is the answer to a navigation there?
 *
 * Never for paths of the BFF, of APIs or of assets in any spelling (S-124), nor for anything that names a file, hides a
 * separator or has dot segments (S-125): those stay 404.
 *
 * @param rawPath the path as received, without the query.
 */
export function isPagePath(rawPath: string): boolean {
  if (!/^\/[\x21-\x7E]*$/.test(rawPath) || rawPath.length > MAX_PATH_LENGTH) return false;
  if (/[\\;#]|\/\//.test(rawPath)) return false;
  const segments = rawPath
    .slice(1)
    .split("/")
    .map((segment) => decodeSegment(segment));
  if (!segments.every((segment) => segment !== undefined)) return false;
  if (RESERVED_SEGMENTS.has(segments[0]?.toLowerCase() ?? "")) return false;
  if (segments.some((segment) => segment.startsWith("."))) return false;
  return !(segments.at(-1) ?? "").includes(".");
}

/** `undefined` where the encoding is broken or hides what must not be hidden. */
function decodeSegment(raw: string): string | undefined {
  if (!raw.includes("%")) return raw;
  try {
    const segment = decodeURIComponent(raw);
    return /[\x00-\x1F\x7F/\\?#;%]/.test(segment) ? undefined : segment;
  } catch {
    return undefined;
  }
}
