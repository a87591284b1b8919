import type { IncomingHttpHeaders } from "node:http";
import { chooseCoding } from "./content-coding.ts";
import { isNavigation } from "./is-navigation.ts";
import type { NoncedHtml } from "./nonced-html.ts";
import { SERVICE_WORKER_PATH, type StaticFile, type StaticSite } from "./static-site.ts";

type Headers = readonly (readonly [name: string, value: string])[];

/** A whole answer: nothing of it is streamed. */
export interface StaticAnswer {
  readonly status: 200 | 303 | 304;
  readonly headers: Headers;
  /** Empty for HEAD, 303 and 304. */
  readonly body: Buffer;
}

export interface StaticRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly rawTarget: string;
  readonly headers: IncomingHttpHeaders;
}

export interface StaticOptions {
  readonly site: StaticSite;
  /** Before the paths that browsers see. Default: nothing. */
  readonly basePath?: string;
  /** Whether a document navigation to a path gets the HTML: `bff.isPage`. */
  readonly isPage: (path: string) => boolean;
  /** Security headers of the HTML, of its assets and of its service worker. */
  readonly htmlHeaders: Headers;
  /** Makes the HTML of each answer, where it has a nonce; else all get the same. */
  readonly newHtml?: () => NoncedHtml;
  readonly assetHeaders: Headers;
  readonly workerHeaders: Headers;
}

const IMMUTABLE = "public, max-age=31536000, immutable";
const EMPTY = Buffer.alloc(0);

/**
 * Answers from the built page: a file at its exact path, or the HTML for a document navigation anywhere that is a page.
 *
 * @returns `undefined` for everything else: other methods, unknown files, paths of the BFF and of APIs.
 */
export function answerStatic(request: StaticRequest, options: StaticOptions): StaticAnswer | undefined {
  const { method, rawTarget, headers } = request;
  if (method !== "GET" && method !== "HEAD") return undefined;
  const queryStart = rawTarget.indexOf("?");
  const path = queryStart === -1 ? rawTarget : rawTarget.slice(0, queryStart);
  const file = options.site.files.get(path);
  const cleaned = path === "/" ? withoutSignOutState(rawTarget, headers) : undefined;
  if (cleaned !== undefined) return redirect((options.basePath ?? "") + cleaned, options.htmlHeaders);
  if (file !== undefined) {
    const extra = path === SERVICE_WORKER_PATH ? options.workerHeaders : options.assetHeaders;
    return send(file, file.isImmutable ? IMMUTABLE : "no-cache", extra, request);
  }
  if (path !== "/" && !(isNavigation(headers) && options.isPage(path))) return undefined;
  if (options.newHtml !== undefined) return sendOnce(options.newHtml(), options.site.index, method);
  return send(options.site.index, "no-cache", options.htmlHeaders, request);
}

/** Nobody may keep it: a kept page and the policy of a later answer have different nonces. */
function sendOnce({ body, headers }: NoncedHtml, { contentType }: StaticFile, method: string): StaticAnswer {
  const own: Headers = [
    ["cache-control", "no-store"],
    ["content-type", contentType],
    ["content-length", String(body.length)],
  ];
  return { status: 200, headers: [...own, ...headers], body: method === "HEAD" ? EMPTY : body };
}

/**
 * The address without the `state` that the provider hands back after a sign-out: nobody reads it, and it would stay in
 * bookmarks. Links of the page itself keep theirs.
 *
 * @see OpenID Connect RP-Initiated Logout section 3
 */
function withoutSignOutState(rawTarget: string, headers: IncomingHttpHeaders): string | undefined {
  const site = headers["sec-fetch-site"];
  if (!isNavigation(headers) || site === "same-origin" || site === "none") return undefined;
  const pairs = rawTarget.slice(rawTarget.indexOf("?") + 1).split("&");
  const kept = pairs.filter((pair) => !/^state=[\w-]{22}$/u.test(pair));
  if (kept.length === pairs.length) return undefined;
  return kept.length === 0 ? "/" : `/?${kept.join("&")}`;
}

function redirect(location: string, extra: Headers): StaticAnswer {
  const headers: Headers = [["location", location], ["cache-control", "no-store"], ...extra];
  return { status: 303, headers, body: EMPTY };
}

function send(file: StaticFile, cacheControl: string, extra: Headers, request: StaticRequest): StaticAnswer {
  const headers: (readonly [string, string])[] = [
    ["cache-control", cacheControl],
    ["etag", file.etag],
    ["vary", "accept-encoding"],
    ...extra,
  ];
  if (isSame(request.headers["if-none-match"], file.etag)) return { status: 304, headers, body: EMPTY };
  const coding = chooseCoding(request.headers["accept-encoding"], file.encoded);
  const body = (coding === undefined ? undefined : file.encoded[coding]) ?? file.body;
  headers.push(["content-type", file.contentType], ["content-length", String(body.length)]);
  if (coding !== undefined) headers.push(["content-encoding", coding]);
  return { status: 200, headers, body: request.method === "HEAD" ? EMPTY : body };
}

/** @see RFC 9110 section 13.1.2: weak comparison */
function isSame(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = etag.replace(/^W\//, "");
  return ifNoneMatch
    .split(",")
    .some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === opaque);
}
