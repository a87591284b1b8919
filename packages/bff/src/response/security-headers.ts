import { BFF_PATHS } from "@coatcheck/contract";
import type { HeaderList } from "@coatcheck/proxy";
import { BFF_SCHEMA } from "../config/bff-config.ts";
import type { PageConfig } from "../config/bff-config.ts";

/**
 * What kind of answer it is: the SPA's `html`, its `asset`s, its service `worker`, a page or redirect of the sign-in
 * (`auth`), JSON of the BFF (`data`), or what an API said (`api`).
 */
export type ResponseKind = "html" | "asset" | "worker" | "auth" | "data" | "api";

export interface SecurityHeadersOptions {
  /** Decides on HSTS: `https` only. */
  readonly publicOrigin: string;
  /** Where the application lies on its origin. Default: all of it. */
  readonly basePath?: string;
  /** What the page may open beside its own files. Default: nothing. */
  readonly page?: PageConfig;
  /**
   * The HTML registers a service worker: the one trusted types policy `coatcheck-worker` may name its script. Default
   * `false`: no policy at all.
   */
  readonly hasServiceWorker?: boolean;
  /** Of this one answer: styles with this nonce run, where `page.styleNonce` says so. */
  readonly styleNonce?: string;
  /** Development only: lets scripts and styles with this nonce run, for a dev server that injects its own. */
  readonly nonce?: string;
  /** `'sha256-...'` of a page's one inline style sheet. */
  readonly styleHash?: string;
}

/** What every answer of one application has in common. */
export type SiteOptions = Pick<SecurityHeadersOptions, "publicOrigin" | "basePath" | "page">;

/** Without it a page with trusted types can't register a service worker: its script's address is one of their sinks. */
const WORKER_POLICY = "coatcheck-worker";

const TWO_YEARS_SECONDS = 63_072_000;

const HSTS = {
  host: "",
  subdomains: "; includeSubDomains",
  preload: "; includeSubDomains; preload",
} as const;

/**
 * The headers that keep a browser strict, for each kind of answer; exported for the server that serves the SPA.
 *
 * @returns lower-case names, each once; caching is the caller's business.
 * @see S-115, S-121, S-122, S-123
 */
export function securityHeaders(kind: ResponseKind, options: SecurityHeadersOptions): HeaderList {
  const { page = {} } = options;
  const headers: [string, string][] = [
    ["x-content-type-options", "nosniff"],
    ["cross-origin-resource-policy", "same-origin"],
    ["permissions-policy", permissionsPolicy(kind === "html" ? page.features : undefined)],
    ["referrer-policy", kind === "html" ? "same-origin" : "no-referrer"],
    ["content-security-policy", contentSecurityPolicy(kind, options)],
  ];
  if (kind === "html" || kind === "auth") {
    // Not `same-origin`: a sign-in in a popup passes through the provider and must come back to a page that opened it.
    headers.push(["cross-origin-opener-policy", "same-origin-allow-popups"], ["x-frame-options", "DENY"]);
  } else {
    headers.push(["cross-origin-opener-policy", "same-origin"]);
  }
  if (options.publicOrigin.startsWith("https:")) {
    headers.push([
      "strict-transport-security",
      `max-age=${TWO_YEARS_SECONDS}${HSTS[page.hsts ?? BFF_SCHEMA.page.hsts.default]}`,
    ]);
  }
  return headers;
}

function permissionsPolicy(allowed: PageConfig["features"] = []): string {
  return BFF_SCHEMA.page.features.choices
    .map((feature) => `${feature}=(${allowed.includes(feature) ? "self" : ""})`)
    .join(", ");
}

function contentSecurityPolicy(kind: ResponseKind, options: SecurityHeadersOptions): string {
  if (kind === "html") return htmlPolicy(options);
  if (kind === "auth") {
    const style = options.styleHash === undefined ? "" : ` style-src ${options.styleHash};`;
    return `default-src 'none';${style} base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  }
  if (kind === "worker") {
    // The policy of its script is the worker's own: it may fetch, and load no further script.
    return "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  }
  // `sandbox` without allowances: even a document that an API answers has no origin and runs nothing.
  return "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

function htmlPolicy({
  basePath = "",
  page = {},
  nonce,
  styleNonce,
  hasServiceWorker,
}: SecurityHeadersOptions): string {
  const ofScripts = nonce === undefined ? "" : ` 'nonce-${nonce}'`;
  const ofStyles =
    styleNonce === undefined || page.styleNonce !== true ? ofScripts : `${ofScripts} 'nonce-${styleNonce}'`;
  const blobs = page.blobs === true ? " blob:" : "";
  const pictureHosts = (page.pictureHosts ?? []).map(
    (host) => ` https://${host.replace(/^https:\/\//iu, "")}`,
  );
  return [
    "default-src 'none'",
    `script-src 'self'${ofScripts}`,
    `style-src 'self'${ofStyles}`,
    `img-src 'self' data:${blobs}${pictureHosts.join("")}`,
    `media-src 'self'${blobs}`,
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    // A frame shows a PDF from an API and nothing else: every other answer refuses to be framed.
    "frame-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    // A dev server's client writes HTML without trusted types; the built SPA never does.
    ...(nonce === undefined
      ? [
          "require-trusted-types-for 'script'",
          hasServiceWorker === true ? `trusted-types ${WORKER_POLICY}` : "trusted-types 'none'",
        ]
      : []),
    `report-uri ${basePath}${BFF_PATHS.cspReport}`,
  ].join("; ");
}
