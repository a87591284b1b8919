/** An address as 128 bits; IPv4 stands in its IPv4-mapped form, so that `::ffff:10.0.0.1` and `10.0.0.1` are one. */
export type IpAddress = bigint;

export interface IpRange {
  readonly network: IpAddress;
  readonly prefixBits: number;
}

const MAPPED_IPV4 = 0xffff_0000_0000n;

/** @returns `undefined` for anything that isn't exactly one address (no zone, no port, no brackets). */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined;
  return text.includes(":") ? parseIpv6(text) : mapped(parseIpv4(text));
}

/** Parses `10.0.0.0/8`, `fd00::/8`, or one address. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const network = parseIpAddress(address);
  if (network === undefined || rest.length > 0) return undefined;
  if (bits === undefined) return { network, prefixBits: 128 };
  if (!/^\d{1,3}$/u.test(bits)) return undefined;
  const prefixBits = Number(bits) + (address.includes(":") ? 0 : 96);
  return prefixBits <= 128 ? { network, prefixBits } : undefined;
}

export function isInRange(address: IpAddress, range: IpRange): boolean {
  const shift = BigInt(128 - range.prefixBits);
  return address >> shift === range.network >> shift;
}

/** Writes the canonical text: dotted for IPv4 in any spelling, else RFC 5952 without compression of zeros. */
export function formatIpAddress(address: IpAddress): string {
  if (address >> 32n === 0xffffn) {
    return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 0xffn)).join(".");
  }
  return Array.from({ length: 8 }, (_, group) =>
    ((address >> BigInt(112 - 16 * group)) & 0xffffn).toString(16),
  ).join(":");
}

function mapped(ipv4: bigint | undefined): IpAddress | undefined {
  return ipv4 === undefined ? undefined : MAPPED_IPV4 | ipv4;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    // No leading zeros: `010` is 8 to some readers and 10 to others.
    if (!/^(?:0|[1-9]\d{0,2})$/u.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map(parseGroups);
  const [head, tail] = groups;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === undefined) return undefined;
      groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
    } else {
      if (!/^[\da-f]{1,4}$/iu.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
