import type { HeaderList } from "@coatcheck/proxy";

/** Header fields by lower-case name, built once a request. */
export interface HeaderIndex {
  /** The field's value if it stands exactly once; `undefined` where it is absent. Repeated fields are joined by `, `. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
}

const NONE: readonly string[] = [];

/** @param headers in the order received, names in any case. */
export function indexHeaders(headers: HeaderList): HeaderIndex {
  const byName = new Map<string, string | readonly string[]>();
  for (const [rawName, value] of headers) {
    const name = rawName.toLowerCase();
    const known = byName.get(name);
    byName.set(
      name,
      known === undefined ? value : typeof known === "string" ? [known, value] : [...known, value],
    );
  }
  return {
    get(name) {
      const found = byName.get(name);
      // Without the join, the first of two contradicting fields would decide, and another hop may read the last.
      return typeof found === "object" ? found.join(", ") : found;
    },
    all(name) {
      const found = byName.get(name);
      return found === undefined ? NONE : typeof found === "string" ? [found] : found;
    },
    has: (name) => byName.has(name),
  };
}

/** The cookies of a request as one header value; HTTP/2 splits them over several fields. @see RFC 9113 section 8.2.3 */
export function cookieHeader(headers: HeaderIndex): string | undefined {
  const [first, ...others] = headers.all("cookie");
  return others.length === 0 ? first : [first, ...others].join("; ");
}
