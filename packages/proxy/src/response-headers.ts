import type { HeaderList } from "./http-message.ts";

/** What reaches the browser by itself. `cache-control` does only where a route names it; `link` would name the upstream. */
const ALLOWED: ReadonlySet<string> = new Set([
  "accept-ranges",
  "allow",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "vary",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
]);

/** A header of an upstream that no route may let through: it would act on the app's origin, or tell of our own house. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "alt-svc",
  "clear-site-data",
  "connection",
  "critical-ch",
  "accept-ch",
  "document-policy",
  "keep-alive",
  "location",
  "nel",
  "origin-agent-cluster",
  "permissions-policy",
  "referrer-policy",
  "refresh",
  "report-to",
  "reporting-endpoints",
  "server",
  "service-worker-allowed",
  "set-cookie",
  "set-cookie2",
  "set-login",
  "sourcemap",
  "speculation-rules",
  "strict-transport-security",
  "supports-loading-mode",
  "te",
  "timing-allow-origin",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "www-authenticate",
  "x-content-type-options",
  "x-frame-options",
  "x-powered-by",
  "x-request-id",
  "x-sourcemap",
]);
const FORBIDDEN_START =
  /^(?:coatcheck-|x-coatcheck|access-control-|content-security-policy|cross-origin-|proxy-|sec-|x-forwarded)/u;
const HEADER_NAME = /^[a-z0-9][a-z0-9-]*$/u;

/** On every API answer, so that it can't become active content on the app's origin. */
const PROTECTION: HeaderList = [
  ["x-content-type-options", "nosniff"],
  [
    "content-security-policy",
    "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["cross-origin-resource-policy", "same-origin"],
];
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

export const isForbiddenResponseHeader = (name: string): boolean =>
  !HEADER_NAME.test(name) || FORBIDDEN.has(name) || FORBIDDEN_START.test(name);

/** An answer without a body by its method or status. */
export const isBodiless = (method: string, status: number): boolean =>
  method === "HEAD" || BODILESS.has(status);

/**
 * Picks the headers of an upstream's answer that reach the browser, by allow-list, and adds the ones that keep it inert.
 *
 * @param location Where a redirect leads, already mapped to our origin.
 */
export const selectResponseHeaders = (
  status: number,
  headers: HeaderList,
  extra: readonly string[],
  location: string | undefined,
): HeaderList => {
  const selected: [string, string][] = [];
  let hasContentType = false;
  for (const [rawName, value] of headers) {
    const name = rawName.toLowerCase();
    if (!ALLOWED.has(name) && (!extra.includes(name) || isForbiddenResponseHeader(name))) continue;
    if (name === "content-length" && BODILESS.has(status)) continue;
    if (name === "content-type" && hasContentType) continue;
    hasContentType ||= name === "content-type";
    selected.push([name, value]);
  }
  if (location !== undefined) selected.push(["location", location]);
  if (!selected.some(([name]) => name === "cache-control")) selected.push(["cache-control", "no-store"]);
  return [...selected, ...PROTECTION];
};
