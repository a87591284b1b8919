/**
 * Whether a `Host` header names the public origin: in any case, and with the scheme's own port written out or not.
 *
 * @param publicOrigin as the URL parser spells it: lower case, without the default port.
 * @see RFC 9110 sections 4.2.3 and 7.2
 */
export function isPublicHost(rawHost: string | undefined, publicOrigin: string): boolean {
  const [scheme, publicHost = ""] = publicOrigin.split("://");
  const host = rawHost?.toLowerCase();
  if (host === publicHost) return true;
  const hasOwnPort = /:\d+$/u.test(publicHost);
  return !hasOwnPort && host === `${publicHost}:${scheme === "https" ? 443 : 80}`;
}
