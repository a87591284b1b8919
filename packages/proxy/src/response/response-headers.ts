import type { HeaderList } from "../http-message.ts";
import { isPdf } from "./is-pdf.ts";

/**
 * What reaches the browser by itself. `cache-control` does only where a route names it; `link` would name the upstream.
 * `location` and `content-location` come mapped to our origin, see `location.ts`.
 */
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

/** No route may let these through: they would act on the app's origin, describe the connection, or name what is inside. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "alt-svc",
  "clear-site-data",
  "connection",
  "content-location",
  "critical-ch",
  "accept-ch",
  "document-policy",
  "dpop-nonce",
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
const PROTECTION: HeaderList = protectionWith("frame-ancestors 'none'");
/** A viewer shows a PDF and runs nothing of it on our origin, so that pages of ours may frame it. */
const PDF_PROTECTION: HeaderList = protectionWith("frame-ancestors 'self'");
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** True for a header that no route may pass on from an upstream, whatever its configuration says. */
export function isForbiddenResponseHeader(name: string): boolean {
  return !HEADER_NAME.test(name) || FORBIDDEN.has(name) || FORBIDDEN_START.test(name);
}

/** An answer without a body by its method or status. */
export function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || BODILESS.has(status);
}

/**
 * Picks the headers of an upstream's answer that reach the browser, by allow-list, and adds the ones that keep it inert.
 *
 * @param mapped `location` and `content-location`, where they lead to our own origin.
 */
export function selectResponseHeaders(
  status: number,
  headers: HeaderList,
  extra: readonly string[],
  mapped: HeaderList,
): HeaderList {
  const selected: (readonly [string, string])[] = [];
  let contentType: string | undefined;
  let saysCaching = false;
  for (const [rawName, value] of headers) {
    const name = rawName.toLowerCase();
    if (!ALLOWED.has(name) && (!extra.includes(name) || isForbiddenResponseHeader(name))) continue;
    if (name === "content-length" && BODILESS.has(status)) continue;
    if (name === "content-type") {
      if (contentType !== undefined) continue;
      contentType = value;
    }
    saysCaching ||= name === "cache-control";
    selected.push([name, value]);
  }
  selected.push(...mapped);
  if (!saysCaching) selected.push(["cache-control", "no-store"]);
  selected.push(...(isPdf(contentType) ? PDF_PROTECTION : PROTECTION));
  return selected;
}

function protectionWith(framing: string): HeaderList {
  return [
    ["x-content-type-options", "nosniff"],
    [
      "content-security-policy",
      `default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; ${framing}`,
    ],
    ["cross-origin-resource-policy", "same-origin"],
  ];
}
