import type { AccessCredential } from "../access-credential.ts";
import type { Caller } from "../forward.ts";
import { type HeaderList, valuesOf } from "../http-message.ts";

/**
 * What goes upstream by itself. Not here on purpose: `user-agent`, `referer` and `origin` (they describe the browser, not the
 * call), `baggage`. A route may add names, but none of the forbidden ones.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-encoding",
  "content-language",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-event-id",
  "prefer",
  "range",
  "traceparent",
  "tracestate",
]);

/** Credentials, framing, and what servers and frameworks take for the address, the method or the person of a request. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "cookie",
  "cookie2",
  "dpop",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-access-token",
  "x-method-override",
  "x-original-url",
  "x-real-ip",
  "x-request-id",
  "x-rewrite-url",
]);
const FORBIDDEN_START =
  /^(?:coatcheck-|x-coatcheck|proxy-|x-forwarded|x-user|x-remote-|x-auth-|x-authenticated-|sec-|x-client-ip|x-http-method)/u;
/** Names with `_` are missing on purpose: some servers read `x_user` as `X-User`. */
const HEADER_NAME = /^[a-z0-9][a-z0-9-]*$/u;
/** A second one of these makes the request mean two things. */
const SINGLE: ReadonlySet<string> = new Set(["content-type", "idempotency-key", "if-range", "range"]);
/** Printable Latin-1, spaces and tabs. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/u;

/** True for a header that no route may send upstream, whatever its configuration says. */
export function isForbiddenRequestHeader(name: string): boolean {
  return !HEADER_NAME.test(name) || FORBIDDEN.has(name) || FORBIDDEN_START.test(name);
}

/**
 * Picks the request headers that go upstream, by allow-list, and adds our own about the caller.
 *
 * @returns `undefined` if one of them is ambiguous or malformed.
 * @see RFC 9110 section 7.6.1
 */
export function selectRequestHeaders(
  headers: HeaderList,
  extra: readonly string[],
  credential: AccessCredential | undefined,
  caller: Caller,
): HeaderList | undefined {
  const hopByHop = namedByConnection(headers);
  const selected: [string, string][] = [];
  for (const [rawName, value] of headers) {
    const name = rawName.toLowerCase();
    const isAllowed = ALLOWED.has(name) || (extra.includes(name) && !isForbiddenRequestHeader(name));
    if (!isAllowed || hopByHop.includes(name)) continue;
    if (!FIELD_VALUE.test(value)) return undefined;
    if (SINGLE.has(name) && selected.some(([other]) => other === name)) return undefined;
    selected.push([name, value]);
  }
  const [scheme = "", host = ""] = caller.publicOrigin.split("://");
  if (credential !== undefined) selected.push(["authorization", authorizationOf(credential)]);
  if (caller.clientAddress !== undefined) selected.push(["x-forwarded-for", caller.clientAddress]);
  selected.push(["x-forwarded-proto", scheme], ["x-forwarded-host", host]);
  selected.push(["x-request-id", caller.requestId]);
  return selected;
}

function authorizationOf(credential: AccessCredential): string {
  return typeof credential === "string" ? `Bearer ${credential}` : `DPoP ${credential.token}`;
}

function namedByConnection(headers: HeaderList): readonly string[] {
  return valuesOf(headers, "connection").flatMap((value) =>
    value
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
}
