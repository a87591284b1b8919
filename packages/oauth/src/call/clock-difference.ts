/** How far our clock is ahead of whoever wrote these headers, in seconds; `undefined` where they say no time. @see RFC 9110 section 6.6.1 */
export function clockAheadSeconds(headers: Headers, nowMs: number): number | undefined {
  const theirMs = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(theirMs) ? undefined : Math.round((nowMs - theirMs) / 1_000);
}
