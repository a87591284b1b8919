import { CookieJar as ToughCookieJar } from "tough-cookie";

/** The cookies of a scripted browser, by the rules of RFC 6265. */
export interface CookieJar {
  /** The `Cookie` header for a URL; `""` without any. */
  headerFor(url: URL): string;
  /** Takes the `Set-Cookie` lines of an answer from this URL; one that a browser wouldn't take is left out. */
  accept(url: URL, setCookieLines: readonly string[]): void;
}

/** Keeps cookies in memory. Ports don't separate cookies, here as in browsers. */
export function createCookieJar(): CookieJar {
  const jar = new ToughCookieJar(undefined, { prefixSecurity: "silent", rejectPublicSuffixes: false });
  return {
    headerFor: (url) => jar.getCookieStringSync(url.href),
    accept(url, setCookieLines) {
      for (const line of setCookieLines) jar.setCookieSync(line, url.href, { ignoreError: true });
    },
  };
}
