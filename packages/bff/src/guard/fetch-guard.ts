import { GUARD_HEADER, GUARD_HEADER_VALUE } from "@coatcheck/contract";
import type { HeaderIndex } from "../request/header-index.ts";

export type GuardVerdict =
  | { readonly kind: "pass" }
  /** A frame asks: the answer is for it if it is a PDF, and for nobody else. */
  | { readonly kind: "framed" }
  /** `reason` is a fixed word for logs, never text of the request. */
  | { readonly kind: "refused"; readonly reason: GuardReason };

type GuardReason =
  | "header_missing"
  | "foreign_site"
  | "foreign_origin"
  | "origin_missing"
  | "destination"
  | "not_a_navigation"
  | "prefetch";

export interface FetchGuardRequest {
  readonly method: string;
  readonly headers: HeaderIndex;
  /** Scheme, host and port; compared byte for byte, never with `Host`. */
  readonly publicOrigin: string;
  /** This route lets a GET pass without our header: downloads, links, `EventSource`, pictures, media, PDFs in frames. */
  readonly allowsDownloads: boolean;
}

const PASS: GuardVerdict = { kind: "pass" };
const FRAMED: GuardVerdict = { kind: "framed" };
/** What looks at an answer and runs nothing of it; whatever is named neither here nor in the next line may run code. */
const DOWNLOAD_DESTINATIONS: ReadonlySet<string | undefined> = new Set([
  undefined,
  "document",
  "empty",
  "image",
  "video",
  "audio",
  "track",
]);
const FRAME_DESTINATIONS: ReadonlySet<string | undefined> = new Set(["iframe", "embed", "object"]);

/**
 * Decides whether a request was made by our own page, from its headers alone: nothing is opened, nobody is contacted.
 *
 * `X-Coatcheck: 1` AND (`Sec-Fetch-Site: same-origin`, or, where that header is absent, our exact `Origin`). A GET or
 * HEAD with neither passes by the header alone: it can't have come cross-origin without a preflight, which is never
 * granted.
 *
 * @see RFC 10017 section 6.1.3.3.2
 */
export function guardFetch(request: FetchGuardRequest): GuardVerdict {
  const { method, headers, publicOrigin } = request;
  const site = headers.get("sec-fetch-site");
  if (headers.get(GUARD_HEADER) !== GUARD_HEADER_VALUE) {
    return request.allowsDownloads && method === "GET" && !headers.has(GUARD_HEADER)
      ? guardDownload(headers, site)
      : refuse("header_missing");
  }
  if (site !== undefined) return site === "same-origin" ? PASS : refuse("foreign_site");
  const origin = headers.get("origin");
  if (origin !== undefined) return origin === publicOrigin ? PASS : refuse("foreign_origin");
  return method === "GET" || method === "HEAD" ? PASS : refuse("origin_missing");
}

function guardDownload(headers: HeaderIndex, site: string | undefined): GuardVerdict {
  if (site !== "same-origin") return refuse("header_missing");
  const destination = headers.get("sec-fetch-dest");
  if (FRAME_DESTINATIONS.has(destination)) return FRAMED;
  // Without this, an API answer could be pulled in as a script, a style or a worker of our own origin (S-115).
  return DOWNLOAD_DESTINATIONS.has(destination) ? PASS : refuse("destination");
}

function refuse(reason: GuardReason): GuardVerdict {
  return { kind: "refused", reason };
}
