/** The attributes by which a browser files a cookie; a removal repeats them exactly. */
export interface CookieAttributes {
  readonly path: string;
  readonly sameSite: "Strict" | "Lax";
  readonly isSecure: boolean;
}

function attributeText({ path, sameSite, isSecure }: CookieAttributes): string {
  return `Path=${path}; HttpOnly; ${isSecure ? "Secure; " : ""}SameSite=${sameSite}`;
}

/**
 * Writes a Set-Cookie value.
 *
 * @param maxAgeSeconds Without it the browser drops the cookie when it closes.
 * @see RFC 6265 section 4.1
 */
export function formatSetCookie(
  name: string,
  value: string,
  attributes: CookieAttributes,
  maxAgeSeconds: number | undefined,
): string {
  const lifetime = maxAgeSeconds === undefined ? "" : `; Max-Age=${Math.max(0, Math.ceil(maxAgeSeconds))}`;
  return `${name}=${value}${lifetime}; ${attributeText(attributes)}`;
}

/** Writes the Set-Cookie value that removes a cookie. */
export function formatExpiry(name: string, attributes: CookieAttributes): string {
  return `${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributeText(attributes)}`;
}
