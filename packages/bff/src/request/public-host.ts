/**
 * Makes what tells whether a `Host` header names the public origin: in any case, and with the scheme's own port written out or not.
 *
 * @param publicOrigin as the URL parser spells it: lower case, without the default port.
 * @see RFC 9110 sections 4.2.3 and 7.2
 */
export function createIsPublicHost(publicOrigin: string): (rawHost: string | undefined) => boolean {
  const [scheme, publicHost = ""] = publicOrigin.split("://");
  const hasOwnPort = /:\d+$/u.test(publicHost);
  const withPort = hasOwnPort ? publicHost : `${publicHost}:${scheme === "https" ? 443 : 80}`;
  return (rawHost) => {
    const host = rawHost?.toLowerCase();
    return host === publicHost || host === withPort;
  };
}
