import type { HeaderIndex } from "./header-index.ts";
import { formatIpAddress, isInRange, parseIpAddress } from "./ip-address.ts";
import type { IpAddress, IpRange } from "./ip-address.ts";

const MAX_HOPS = 32;

/**
 * Tells who is calling: the right-most hop of `X-Forwarded-For` that isn't a proxy of ours (S-131).
 *
 * The header is believed only if the connection comes from a trusted proxy. A hop that can't be read ends the walk: what
 * stands left of it is anybody's word.
 *
 * @param peerAddress the connection's other end, as the runtime tells it.
 * @returns the canonical text of an address, or `undefined` where the runtime doesn't tell.
 */
export function clientAddress(
  peerAddress: string | undefined,
  headers: HeaderIndex,
  trustedProxies: readonly IpRange[],
): string | undefined {
  const peer = peerAddress === undefined ? undefined : parseIpAddress(stripZone(peerAddress));
  if (peer === undefined) return undefined;
  const isTrusted = (address: IpAddress) => trustedProxies.some((range) => isInRange(address, range));
  let client = peer;
  if (isTrusted(peer)) {
    const hops = headers.all("x-forwarded-for").join(",").split(",").slice(-MAX_HOPS);
    for (const rawHop of hops.toReversed()) {
      const hop = parseIpAddress(stripPort(rawHop.trim()));
      if (hop === undefined) break;
      client = hop;
      if (!isTrusted(hop)) break;
    }
  }
  return formatIpAddress(client);
}

function stripZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}

/** `192.0.2.1:4711` and `[2001:db8::1]:4711`, as some proxies write them. */
function stripPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/u.exec(hop);
  if (bracketed !== null) return bracketed[1] ?? "";
  const dotted = /^([\d.]+):\d{1,5}$/u.exec(hop);
  return dotted?.[1] ?? hop;
}
