import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOwnedPaths } from "./owned-paths.ts";
import { isPagePath } from "./page-path.ts";
import { parseReturnPath } from "./return-path.ts";

const ORIGIN = "https://app.example";
const { owns } = createOwnedPaths(["/api/notes", "/files"]);
function isPage(path: string): boolean {
  return isPagePath(path, owns);
}

/** As a browser has them in `location.pathname`. */
const PAGES = [
  "/",
  "/counter",
  "/notes/7",
  "/a/",
  "/a//b",
  "/notes/v1.2",
  "/report.pdf",
  "/notes.php",
  "/index.html",
  "/link.txt",
  "/a/.hidden",
  "/files.txt",
  "/a..b/...",
  "/C%23",
  "/what%3F",
  "/5%2510",
  "/100%25",
  "/a%2Fb",
  "/notes/a%2fb%2fc",
  "/a%5Cb",
  "/a%252fb",
  "/a;b=c",
  "/x;y/z",
  "/@ada",
  "/user@example.com",
  "/a:b,c+d!$&'()*~_-=",
  "/caf%C3%A9",
  "/%E6%BC%A2%E5%AD%97",
  "/notes/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
  "/notes/1%E2%81%842",
  "/notes/%EF%BC%8Fx",
  "/a%20b",
  "/%20a",
  "/%22quoted%22%7Bbraces%7D%7C%5E%60",
  "/[1]|2",
  "/bffs",
  "/apis/x",
  "/healthz/x",
  "/assetsx",
  `/${"a".repeat(3000)}`,
];

const NO_PAGES = [
  "",
  "*",
  "a",
  "http://evil.example/",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "/a\\b",
  "/a b",
  "/a?b",
  "/a#b",
  "/\u00e9",
  "/a\u0000",
  "/%2f%2fevil.example",
  "/%2Fevil.example",
  "/%5cevil.example",
  "/%252f%252fevil.example",
  "/%09/evil.example",
  "/a%00b",
  "/100%",
  "/a%zz",
  "/a%ff",
  "/%c0%af",
  `/${"a".repeat(10_000)}`,
  "/a%0d%0ab",
  "/a%7f",
  "/%E2%80%8B/evil.example",
  "/%E2%80%AEevil",
  "/%E2%80%A8a",
  "/%EF%BC%8Fevil.example",
  "/%E2%88%95evil.example",
  "/%E2%81%84evil.example",
  "/..",
  "/../x",
  "/a/../b",
  "/a/./b",
  "/%2e%2e/x",
  "/a/.%2E/b",
  "/.env",
  "/%2eenv",
  "/.git/config",
  "/..%2fx",
  "/bff/..%2f",
  "/api/..;/x",
  "/api/..%3bx/y",
  "/api/..%2fx",
  "/x/..%2fy",
  "/x/..%5cy",
  "/x/%252e%252e/y",
  "/x/a%2f..",
  "/assets",
  "/assets/missing.js",
  "/ASSETS/app.js",
  "/%61ssets/app.js",
  "/assets%2fapp.js",
  "/assets/..%2f..%2foutside.txt",
  "/bff",
  "/bff/session",
  "/bff/session;.js",
  "/BFF/anything.html",
  "/%62ff/session",
  "/bff%2fsession",
  "/bff;x/session",
  "/x/..%2fbff/session",
  "/api",
  "/api/notes",
  "/api/me/x.css",
  "/%61pi/notes",
  "/files",
  "/files/report.pdf",
  "/healthz",
  "/readyz",
];

describe("a document navigation", () => {
  it.each(PAGES)("gets the page at %j", (path) => {
    expect(isPage(path)).toBe(true);
  });

  it.each(NO_PAGES)("doesn't get the page at %j (S-124, S-125)", (path) => {
    expect(isPage(path)).toBe(false);
  });
});

/** Paths as browsers have them after parsing an address. */
const path = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."/ // . .. %2e %2f %2F %5C %09 %00 %23 %3F %25 %252f ; @ : a bff api files assets healthz evil.example % %zz %ff %E2%80%8B %EF%BC%8F %C3%A9".split(
          " ",
        ),
      ),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => URL.parse(`/${pieces.join("")}`, ORIGIN)?.pathname ?? "/")
  .filter((pathname) => pathname.length < 2000);

describe("returnTo", () => {
  it.each(PAGES.filter((page) => page.length < 2048))("leads back to the page at %j (S-008)", (page) => {
    expect(parseReturnPath(page, isPage).path).toBe(new URL(page, ORIGIN).pathname);
  });

  it("accepts exactly the paths at which a navigation gets the page (S-008)", () => {
    fc.assert(
      fc.property(path, (pathname) => {
        const { path: accepted } = parseReturnPath(`${pathname}?q=1#end`, isPage);
        expect(accepted).toBe(isPage(pathname) ? `${pathname}?q=1#end` : "/");
      }),
      { numRuns: 5000 },
    );
  });

  it("whatever it is, leads to our origin and to the page, and stays the same when it is read again (S-008)", () => {
    const raw = fc.oneof(path, fc.string({ unit: "binary" }), fc.webUrl(), fc.webPath());
    fc.assert(
      fc.property(raw, (value) => {
        const { path: accepted } = parseReturnPath(value, isPage);
        const url = new URL(accepted, ORIGIN);
        expect([url.origin, isPage(url.pathname)]).toEqual([ORIGIN, true]);
        expect(parseReturnPath(accepted, isPage).path).toBe(accepted);
      }),
      { numRuns: 5000 },
    );
  });
});
