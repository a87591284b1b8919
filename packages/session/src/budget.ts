import type { ShownCookie } from "./cookie-header.ts";

/** All our cookies of one request: 8 KiB is what many proxies take for the whole header. */
export const MAX_BYTES_A_REQUEST = 7500;
/** Name and value of one cookie; browsers drop what is larger. */
export const MAX_COOKIE_BYTES = 4096;
/** A sealed session beyond this is refused. */
export const MAX_SESSION_BYTES = 5000;
/** The logout hint with its name: what a session of 3,600 bytes leaves, with room for a sign-in under way. */
export const MAX_HINT_BYTES = 2700;
/** A whole session cookie below this stays within the budget even beside the leftover chunks of the largest one. */
export const SMALL_SESSION_BYTES = 1800;
/** A session of the largest size with its names, for when none is shown but one may exist. */
export const RESERVED_SESSION_BYTES = MAX_SESSION_BYTES + 60;
export const MAX_TRANSACTIONS = 3;
export const TRANSACTION_LIFETIME_MS = 10 * 60_000;

/** What a cookie takes in a `Cookie` header: `name=value; `. */
export function shownBytes(cookies: readonly ShownCookie[]): number {
  return cookies.reduce((sum, { name, value }) => sum + name.length + value.length + 3, 0);
}

/** What a cookie takes that a Set-Cookie value writes; nothing for a removal. */
export function writtenBytes(setCookie: string): number {
  const pair = setCookie.slice(0, setCookie.indexOf(";"));
  return pair.indexOf("=") === pair.length - 1 ? 0 : pair.length + 2;
}
