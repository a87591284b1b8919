import { base64url } from "jose";

/** Base64url of the SHA-256 of the certificate that was shown with a request. @see RFC 8705 section 3.1, RFC 9440 section 2.2 */
export async function shownThumbprint(headers: Headers): Promise<string | undefined> {
  const [, encoded] = /^:([A-Za-z0-9+/=]+):$/.exec(headers.get("client-cert") ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const der = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}
