import ipaddr from "ipaddr.js";
import type { HeaderIndex } from "../request/header-index.ts";
import { parseIpAddress } from "../request/ip-address.ts";

/** Who is counted: an address, or nobody where the address says nothing about the client. */
export type ClientKey =
  | { readonly kind: "known"; readonly key: string }
  /** `proxied`: a proxy stands before us and isn't trusted, so that all its clients would share one bucket. */
  | { readonly kind: "unknown"; readonly isProxied: boolean };

/** One network of IPv6 addresses is one client: whoever has one address there has 2^64 of them. */
const IPV6_CLIENT_BITS = 64;
/** Networks from which proxies call, and no client of the internet. */
const INTERNAL: ReadonlySet<string> = new Set([
  "private",
  "loopback",
  "linkLocal",
  "uniqueLocal",
  "carrierGradeNat",
]);

/**
 * Tells which bucket a request takes from.
 *
 * @param address what `clientAddress` made of the request: the peer, or what a trusted proxy says
 * @param hasTrustedProxies proxies are configured, so that an address is a client's
 */
export function clientKey(
  address: string | undefined,
  headers: HeaderIndex,
  hasTrustedProxies: boolean,
): ClientKey {
  const parsed = address === undefined ? undefined : parseIpAddress(address);
  if (parsed === undefined) return { kind: "unknown", isProxied: false };
  const isForwarded = !hasTrustedProxies && (headers.has("x-forwarded-for") || headers.has("forwarded"));
  if (isForwarded && INTERNAL.has(parsed.range())) return { kind: "unknown", isProxied: true };
  if (parsed.kind() === "ipv4") return { kind: "known", key: parsed.toString() };
  const bytes = parsed.toByteArray().map((byte, index) => (index < IPV6_CLIENT_BITS / 8 ? byte : 0));
  return { kind: "known", key: ipaddr.fromByteArray(bytes).toString() };
}
