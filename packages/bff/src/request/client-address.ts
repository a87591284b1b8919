import QuickLRU from "quick-lru";
import type { HeaderIndex } from "./header-index.ts";
import { formatIpAddress, isInRange, parseIpAddress } from "./ip-address.ts";
import type { IpAddress, IpRange } from "./ip-address.ts";

const MAX_HOPS = 32;

/** Peers that are remembered as they were read: one keeps its connection for many requests. */
const MAX_PEERS = 1_000;

/** Tells who is calling, as canonical text; `undefined` where the runtime doesn't tell. */
export type ClientAddress = (
  /** The connection's other end, as the runtime tells it. */
  peerAddress: string | undefined,
  headers: HeaderIndex,
) => string | undefined;

/**
 * Makes what tells who is calling: the right-most hop of `X-Forwarded-For` that isn't a proxy of ours (S-131).
 *
 * The header is believed only if the connection comes from a trusted proxy. A hop that can't be read ends the walk: what
 * stands left of it is anybody's word.
 */
export function createClientAddress(trustedProxies: readonly IpRange[]): ClientAddress {
  const peers = new QuickLRU<string, KnownPeer>({ maxSize: MAX_PEERS });

  function isTrusted(address: IpAddress): boolean {
    return trustedProxies.some((range) => isInRange(address, range));
  }

  function readPeer(address: string): KnownPeer {
    const known = peers.get(address);
    if (known !== undefined) return known;
    const parsed = parseIpAddress(stripZone(address));
    const peer: KnownPeer =
      parsed === undefined
        ? { text: undefined, isProxy: false }
        : { text: formatIpAddress(parsed), isProxy: isTrusted(parsed) };
    peers.set(address, peer);
    return peer;
  }

  return (peerAddress, headers) => {
    if (peerAddress === undefined) return undefined;
    const peer = readPeer(peerAddress);
    if (!peer.isProxy) return peer.text;
    let client: IpAddress | undefined;
    const hops = headers.all("x-forwarded-for").join(",").split(",").slice(-MAX_HOPS);
    for (const rawHop of hops.toReversed()) {
      const hop = parseIpAddress(stripPort(rawHop.trim()));
      if (hop === undefined) break;
      client = hop;
      if (!isTrusted(hop)) break;
    }
    return client === undefined ? peer.text : formatIpAddress(client);
  };
}

/** One end of a connection, read. */
interface KnownPeer {
  readonly text: string | undefined;
  readonly isProxy: boolean;
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
