import type { Context } from "hono";

/** Puts Set-Cookie values on the answer that a route is about to make. */
export function setCookies(c: Context, values: readonly string[]): void {
  for (const value of lastOfEachName(values)) c.header("set-cookie", value, { append: true });
}

/** Puts Set-Cookie values on an answer that is made, before its own: of two with one name the last one counts, and that is the route's. */
export function prependCookies(c: Context, values: readonly string[]): void {
  if (values.length === 0) return;
  const own = c.res.headers.getSetCookie();
  c.header("set-cookie", undefined);
  setCookies(c, [...values, ...own]);
}

function lastOfEachName(values: readonly string[]): readonly string[] {
  const byName = new Map<string, string>();
  for (const value of values) {
    const name = value.slice(0, value.indexOf("="));
    byName.delete(name);
    byName.set(name, value);
  }
  return [...byName.values()];
}
