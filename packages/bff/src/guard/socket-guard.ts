import type { HeaderIndex } from "../request/header-index.ts";
import type { GuardVerdict } from "./fetch-guard.ts";

/**
 * Lets the handshake of a WebSocket pass that our own page began. A browser sends cookies with a handshake from any site and
 * needs nobody's leave for it, and a page can't add a header of ours to it: what tells is `Origin`, which browsers always send.
 *
 * @param publicOrigin compared byte for byte, never with `Host`
 * @see RFC 6455 section 10.2, S-081
 */
export function guardSocket(headers: HeaderIndex, publicOrigin: string): GuardVerdict {
  const origin = headers.get("origin");
  if (origin === undefined) return { kind: "refused", reason: "origin_missing" };
  if (origin !== publicOrigin) return { kind: "refused", reason: "foreign_origin" };
  const site = headers.get("sec-fetch-site");
  return site === undefined || site === "same-origin"
    ? { kind: "pass" }
    : { kind: "refused", reason: "foreign_site" };
}
