/** A cookie as a browser keeps it. */
interface KeptCookie {
  readonly value: string;
  readonly path: string;
  readonly attributes: readonly string[];
}

/** A browser's cookie jar for one https origin, as far as our cookies need one. */
export interface Browser {
  store(setCookies: readonly string[]): void;
  /** The Cookie header of a same-site request. */
  header(path?: string): string;
  names(): readonly string[];
  get(name: string): string;
  set(name: string, value: string): void;
}

function parseSetCookie(setCookie: string): readonly [string, KeptCookie] {
  const [pair = "", ...attributes] = setCookie.split("; ");
  const equals = pair.indexOf("=");
  const path = attributes.find((attribute) => attribute.startsWith("Path="))?.slice(5) ?? "";
  return [pair.slice(0, equals), { value: pair.slice(equals + 1), path, attributes }];
}

export function createBrowser(): Browser {
  const jar = new Map<string, KeptCookie>();
  return {
    store: (setCookies) => {
      for (const [name, cookie] of setCookies.map(parseSetCookie)) {
        if (cookie.attributes.includes("Max-Age=0")) jar.delete(name);
        else jar.set(name, cookie);
      }
    },
    header: (path = "/") =>
      Array.from(jar)
        .filter(
          ([, cookie]) => path === cookie.path || cookie.path === "/" || path.startsWith(`${cookie.path}/`),
        )
        .map(([name, { value }]) => `${name}=${value}`)
        .join("; "),
    names: () => Array.from(jar.keys()),
    get: (name) => jar.get(name)?.value ?? "",
    set: (name, value) => {
      jar.set(name, { value, path: "/", attributes: [] });
    },
  };
}
