const MAX_SECONDS = 3_600;

/**
 * Parses `Retry-After` (seconds, or an HTTP date) into whole seconds from now, at most an hour.
 *
 * @see RFC 9110 section 10.2.3
 */
export function parseRetryAfter(rawValue: string | null, nowMs: number): number | undefined {
  const value = rawValue?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value), MAX_SECONDS);
  // Only what looks like an HTTP date: `Date.parse` takes "-1" and "2" for years.
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return undefined;
  const atMs = Date.parse(value);
  if (Number.isNaN(atMs)) return undefined;
  return Math.min(Math.max(Math.ceil((atMs - nowMs) / 1_000), 0), MAX_SECONDS);
}
