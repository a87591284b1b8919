/** The few rules of RFC 6265 by which scripted sign-ins keep cookies: host, path, removal. */
export interface CookieJar {
  /** The `Cookie` header for a URL; `""` without any. */
  headerFor(url: URL): string;
  /** Takes the `Set-Cookie` lines of an answer from this URL. */
  accept(url: URL, setCookieLines: readonly string[]): void;
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/** Keeps cookies in memory. Ports don't separate cookies, here as in browsers. */
export function createCookieJar(nowMs: () => number = Date.now): CookieJar {
  const cookies = new Map<string, Cookie>();

  const matches = (url: URL, cookie: Cookie): boolean =>
    cookie.host === url.hostname &&
    (url.pathname === cookie.path ||
      url.pathname.startsWith(cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`));

  return {
    headerFor: (url) =>
      [...cookies.values()]
        .filter((cookie) => matches(url, cookie))
        .map(({ name, value }) => `${name}=${value}`)
        .join("; "),
    accept(url, setCookieLines) {
      for (const line of setCookieLines) {
        const [pair = "", ...rawAttributes] = line.split(";");
        const separator = pair.indexOf("=");
        if (separator < 1) continue;
        const attributes = new Map(
          rawAttributes.map((attribute) => {
            const [key = "", ...value] = attribute.split("=");
            return [key.trim().toLowerCase(), value.join("=").trim()] as const;
          }),
        );
        const name = pair.slice(0, separator).trim();
        const path = attributes.get("path") ?? "/";
        const key = `${url.hostname} ${path} ${name}`;
        const expires = Date.parse(attributes.get("expires") ?? "");
        const isRemoval = Number(attributes.get("max-age") ?? 1) <= 0 || expires <= nowMs();
        if (isRemoval) cookies.delete(key);
        else cookies.set(key, { host: url.hostname, path, name, value: pair.slice(separator + 1).trim() });
      }
    },
  };
}
