import { describe, expect, it } from "vitest";
import { indexHeaders } from "../request/header-index.ts";
import { guardFetch } from "./fetch-guard.ts";

const ORIGIN = "https://app.example";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

const HEADERS = [undefined, "1", "", "0", "01", "true", "1, 1"];
const SITES = [
  undefined,
  "same-origin",
  "same-site",
  "cross-site",
  "none",
  "Same-Origin",
  "same-origin, same-origin",
  "",
];
const ORIGINS = [
  undefined,
  ORIGIN,
  "null",
  "",
  "https://app.example.evil.example",
  "https://evil-app.example",
  "https://app.example:8443",
  "http://app.example",
  "https://APP.example",
  "https://app.example/",
];

function judge(
  method: string,
  header?: string,
  site?: string,
  origin?: string,
  allowsDownloads = false,
  dest?: string,
) {
  const fields = { "X-Coatcheck": header, "Sec-Fetch-Site": site, Origin: origin, "Sec-Fetch-Dest": dest };
  const headers = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return guardFetch({ method, headers: indexHeaders(headers), publicOrigin: ORIGIN, allowsDownloads }).kind;
}

describe("the guard of scripted requests", () => {
  it("S-074 S-075 S-076: passes exactly the header AND (same-origin, or without Sec-Fetch-Site our exact Origin or a read without one)", () => {
    let passed = 0;
    for (const method of METHODS) {
      for (const header of HEADERS) {
        for (const site of SITES) {
          for (const origin of ORIGINS) {
            const isRead = method === "GET" || method === "HEAD";
            const isOurs =
              site === undefined
                ? origin === ORIGIN || (origin === undefined && isRead)
                : site === "same-origin";
            const expected = header === "1" && isOurs ? "pass" : "refused";
            expect([method, header, site, origin, judge(method, header, site, origin)]).toEqual([
              method,
              header,
              site,
              origin,
              expected,
            ]);
            if (expected === "pass") passed += 1;
          }
        }
      }
    }
    expect(passed).toBe(METHODS.length * ORIGINS.length + METHODS.length + 2);
  });

  it("S-077: is not impressed by method overrides or content types", () => {
    const headers = indexHeaders([
      ["x-http-method-override", "GET"],
      ["x-method-override", "GET"],
      ["content-type", "TEXT/plain"],
      ["x-coatcheck", "1"],
    ]);
    expect(guardFetch({ method: "POST", headers, publicOrigin: ORIGIN, allowsDownloads: false }).kind).toBe(
      "refused",
    );
  });

  it("reads two fields of one name as neither of them", () => {
    const headers = indexHeaders([
      ["x-coatcheck", "1"],
      ["sec-fetch-site", "same-origin"],
      ["sec-fetch-site", "cross-site"],
    ]);
    expect(guardFetch({ method: "GET", headers, publicOrigin: ORIGIN, allowsDownloads: false }).kind).toBe(
      "refused",
    );
  });

  const LOOKED_AT = [undefined, "document", "empty", "image", "video", "audio", "track"];
  const FRAMES = ["iframe", "embed", "object"];
  const RUN =
    `frame fencedframe script style worker serviceworker sharedworker audioworklet paintworklet xslt font manifest
    report json webidentity speculationrules Image IMAGE image,video`.split(/\s+/u);

  it.each(LOOKED_AT)(
    "S-074: an opted-in download passes by same-origin alone to what only looks at it: %s",
    (dest) => {
      expect(judge("GET", undefined, "same-origin", undefined, true, dest)).toBe("pass");
      expect(judge("GET", undefined, "same-origin", undefined, false, dest)).toBe("refused");
    },
  );

  it.each(FRAMES)("S-115: an opted-in download passes to an %s for a PDF alone", (dest) => {
    expect(judge("GET", undefined, "same-origin", undefined, true, dest)).toBe("framed");
    expect(judge("GET", undefined, "same-origin", undefined, false, dest)).toBe("refused");
  });

  it.each(RUN)(
    "S-115: an opted-in download never passes to what may run it, or to what nobody knows: %s",
    (dest) => {
      expect(judge("GET", undefined, "same-origin", undefined, true, dest)).toBe("refused");
    },
  );

  it.each([...LOOKED_AT, ...FRAMES])(
    "S-074: an opted-in download passes as a GET of our own page only, to: %s",
    (dest) => {
      for (const method of METHODS.filter((method) => method !== "GET")) {
        expect(judge(method, undefined, "same-origin", ORIGIN, true, dest)).toBe("refused");
      }
      for (const site of [undefined, "same-site", "cross-site", "none"]) {
        expect(judge("GET", undefined, site, ORIGIN, true, dest)).toBe("refused");
      }
      expect(judge("GET", "0", "same-origin", undefined, true, dest)).toBe("refused");
    },
  );
});
