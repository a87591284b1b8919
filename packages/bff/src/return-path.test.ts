import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPagePath } from "./page-path.ts";
import { HOME, MAX_RETURN_PATH_BYTES, parseReturnPath } from "./return-path.ts";

function isPage(path: string): boolean {
  return isPagePath(path, (owned) => /^\/bff(?:\/|$)/iu.test(owned));
}
function pathOf(raw: string | undefined): string {
  return parseReturnPath(raw, isPage).path;
}

const ORIGIN = "https://app.example";

const HOSTILE = [
  "//evil.example",
  "///evil.example",
  "//evil.example/notes",
  "//evil.example:443/notes?a=b#c",
  "/\\evil.example",
  "\\\\evil.example",
  "/\\/evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\nSet-Cookie: a=b",
  "/%09/evil.example",
  "/%0d%0aSet-Cookie:a=b",
  "/%2f%2fevil.example",
  "/%2F/evil.example",
  "/%5cevil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/%2e//evil.example",
  "/a/..//evil.example",
  "https:evil.example",
  "https://evil.example",
  "HTTPS://app.example@evil.example",
  "http://app.example/",
  "javascript:alert(1)",
  "data:text/html,x",
  "@evil.example",
  "evil.example",
  "",
  " /a",
  "/a b",
  "/\u0000",
  "/\u2028a",
  "/\u200b/evil.example",
  "/\u202eevil",
  "/\uff0fevil.example",
  "/\u2215evil.example",
  "/\u2044evil.example",
  "/\ud800",
  "/bff/login",
  "/bff/login?returnTo=/bff/login",
  "/BFF/logout/provider",
  "/a/../bff/login",
  "/bff",
  `/${"a".repeat(100 * 1024)}`,
  `/${"a".repeat(MAX_RETURN_PATH_BYTES)}`,
];

describe("a return path", () => {
  it.each(HOSTILE)("S-008: %j becomes the start page", (raw) => {
    expect(pathOf(raw)).toBe(HOME);
  });

  it("S-008: nothing asked for is the start page", () => {
    expect(pathOf(undefined)).toBe(HOME);
  });

  it.each([
    ["/", "/"],
    ["/notes/7?sort=title&x=%2F#end", "/notes/7?sort=title&x=%2F#end"],
    ["/a/../b", "/b"],
    ["/search?q=https://elsewhere.example/", "/search?q=https://elsewhere.example/"],
    ["/caf\u00e9", "/caf%C3%A9"],
    ["/bffs", "/bffs"],
    [`/${"a".repeat(MAX_RETURN_PATH_BYTES - 1)}`, `/${"a".repeat(MAX_RETURN_PATH_BYTES - 1)}`],
  ])("keeps %j", (raw, kept) => {
    expect(pathOf(raw)).toBe(kept);
  });

  it.each([
    [`/${"a".repeat(MAX_RETURN_PATH_BYTES)}`, true],
    [`/${"\u00e9".repeat(400)}`, true],
    [`/a?${"q".repeat(3000)}`, true],
    [`/${"a".repeat(MAX_RETURN_PATH_BYTES - 1)}`, false],
    [`/${"\u00e9".repeat(300)}`, false],
    ["//evil.example", false],
    [undefined, false],
  ])("is lost, and that is said, where it is too long: %#", (raw, isTooLong) => {
    expect(parseReturnPath(raw, isPage)).toMatchObject({ isTooLong, ...(isTooLong ? { path: HOME } : {}) });
  });

  it("S-008: whatever is asked for, the browser stays on the origin, and parsing again changes nothing", () => {
    const pieces = fc.constantFrom(
      "/",
      "\\",
      "//",
      ".",
      "..",
      "%2f",
      "%5C",
      "%09",
      "\t",
      "@",
      ":",
      "?",
      "#",
      "evil.example",
      "https:",
      "a",
      "bff",
      "\u2028",
      "%",
    );
    const raw = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join("")}`),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(raw, (value) => {
        const path = pathOf(value);
        const resolved = new URL(path, ORIGIN);
        expect(resolved.origin).toBe(ORIGIN);
        expect(/^\/(?![/\\])/u.test(path)).toBe(true);
        expect(/^[\x21-\x7e]+$/u.test(path)).toBe(true);
        expect(new TextEncoder().encode(path).length).toBeLessThanOrEqual(MAX_RETURN_PATH_BYTES);
        expect(new URL(decodeOnce(resolved.pathname), ORIGIN).origin).toBe(ORIGIN);
        expect(pathOf(path)).toBe(path);
      }),
      { numRuns: 5_000 },
    );
  });
});

function decodeOnce(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
