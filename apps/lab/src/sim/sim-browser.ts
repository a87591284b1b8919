import type { BffResponse } from "@coatcheck/bff";
import type { RequestFacts } from "./facts.ts";

interface StoredCookie {
  readonly value: string;
  readonly path: string;
  readonly isStrict: boolean;
}

export type Jar = ReadonlyMap<string, StoredCookie>;

/** A browser, as far as cookies go, and what it has under way. */
export interface SimBrowser {
  readonly number: number;
  person: string;
  /** What the page believes to be signed in. */
  page: { readonly userKey: string; readonly person: string } | undefined;
  jar: Map<string, StoredCookie>;
  savedJar: Jar | undefined;
  readonly underWay: Map<RequestFacts, AbortController>;
  responsesToLose: number;
  responsesToDelay: { left: number; ms: number };
  isSigningIn: boolean;
}

export function createSimBrowser(number: number, person: string): SimBrowser {
  return {
    number,
    person,
    page: undefined,
    jar: new Map(),
    savedJar: undefined,
    underWay: new Map(),
    responsesToLose: 0,
    responsesToDelay: { left: 0, ms: 0 },
    isSigningIn: false,
  };
}

/** The `Cookie` header for a path; a navigation that another site began gets no `Strict` ones. */
export function cookieHeader(jar: Jar, path: string, isCrossSite: boolean): string {
  return [...jar]
    .filter(([, cookie]) => path.startsWith(cookie.path) && !(isCrossSite && cookie.isStrict))
    .map(([name, { value }]) => `${name}=${value}`)
    .join("; ");
}

/** One `Set-Cookie` value, read as a browser reads it. */
export interface SetCookie {
  readonly name: string;
  readonly cookie: StoredCookie;
  readonly isRemoval: boolean;
}

export function readSetCookies(response: BffResponse): readonly SetCookie[] {
  return response.headers.flatMap(([header, line]) => {
    if (header.toLowerCase() !== "set-cookie") return [];
    const [pair = "", ...attributes] = line.split("; ");
    const equals = pair.indexOf("=");
    const path = attributes.find((attribute) => attribute.startsWith("Path="))?.slice(5) ?? "/";
    return [
      {
        name: pair.slice(0, equals),
        cookie: { value: pair.slice(equals + 1), path, isStrict: attributes.includes("SameSite=Strict") },
        isRemoval: attributes.includes("Max-Age=0"),
      },
    ];
  });
}

export function acceptCookies(jar: Map<string, StoredCookie>, setCookies: readonly SetCookie[]): void {
  for (const { name, cookie, isRemoval } of setCookies) {
    if (isRemoval) jar.delete(name);
    else jar.set(name, cookie);
  }
}
