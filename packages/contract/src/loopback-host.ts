/**
 * Is this a name or an address of this machine alone? `localhost` and `*.localhost` by name, 127.0.0.0/8 and ::1 by
 * address, in every spelling that a URL may have them in. An IPv4-mapped address isn't among them.
 *
 * @param hostname of a URL, or an address to listen on.
 * @see RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3
 */
export function isLoopbackHost(hostname: string): boolean {
  if (!/^(?:[\w.-]+|\[?[\da-f:.]+\]?)$/iu.test(hostname)) return false;
  const isBareIpv6 = hostname.includes(":") && !hostname.startsWith("[");
  // The URL parser knows every spelling of an address (`127.1`, `0x7f000001`, `0:0::1`), and writes each in one way.
  const host = URL.parse(`http://${isBareIpv6 ? `[${hostname}]` : hostname}`)?.host ?? "";
  return host === "[::1]" || /^127(?:\.\d{1,3}){3}$|^(?:[^.]+\.)*localhost\.?$/u.test(host);
}
