import ipaddr from "ipaddr.js";

/** An IPv4-mapped IPv6 address counts as the IPv4 address that it holds: `::ffff:10.0.0.1` and `10.0.0.1` are one. */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

export interface IpRange {
  readonly network: IpAddress;
  readonly prefixBits: number;
}

/** @returns `undefined` for anything that isn't exactly one address in a spelling with one reading (no zone, port, brackets). */
export function parseIpAddress(text: string): IpAddress | undefined {
  const { IPv4, IPv6 } = ipaddr;
  if (IPv4.isValidFourPartDecimal(text)) return IPv4.parse(text);
  const hex = text.includes(".") ? toHexGroups(text) : text;
  if (hex === undefined || !/^[\da-f:]{2,39}$/iu.test(hex) || !IPv6.isValid(hex)) return undefined;
  const address = IPv6.parse(hex);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Parses `10.0.0.0/8`, `fd00::/8`, or one address. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const network = parseIpAddress(address);
  if (network === undefined || rest.length > 0) return undefined;
  const maxBits = network.kind() === "ipv4" ? 32 : 128;
  if (bits === undefined) return { network, prefixBits: maxBits };
  // The prefix of a mapped range counts its 96 leading bits, too.
  const isMapped = network.kind() === "ipv4" && address.includes(":");
  const prefixBits = /^(?:0|[1-9]\d{0,2})$/u.test(bits) ? Number(bits) - (isMapped ? 96 : 0) : -1;
  return prefixBits >= 0 && prefixBits <= maxBits ? { network, prefixBits } : undefined;
}

export function isInRange(address: IpAddress, { network, prefixBits }: IpRange): boolean {
  return address.kind() === network.kind() && address.match(network, prefixBits);
}

/** Writes the one text of an address: dotted for IPv4 in any spelling, else eight groups without leading zeros. */
export function formatIpAddress(address: IpAddress): string {
  return address.toNormalizedString();
}

/**
 * Writes the dotted end of an IPv6 address as two groups.
 *
 * Without this, the library reads octal and hexadecimal parts there, and `::10.0.0.1` as the mapped `::ffff:10.0.0.1`.
 */
function toHexGroups(text: string): string | undefined {
  const end = text.lastIndexOf(":") + 1;
  const dotted = text.slice(end);
  if (end === 0 || !ipaddr.IPv4.isValidFourPartDecimal(dotted)) return undefined;
  const groups = ipaddr.IPv4.parse(dotted).toIPv4MappedAddress().parts.slice(6);
  return text.slice(0, end) + groups.map((group) => group.toString(16)).join(":");
}
