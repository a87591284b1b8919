import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALLER, createSendDouble, get, notes } from "../../suite/calls.ts";
import { createForward } from "../create-forward.ts";
import { matchPath, parseTarget } from "./request-target.ts";

/** No path at all: not in origin form, characters that no path has, encodings of nothing. */
const NO_PATH = [
  "",
  "*",
  "notes",
  "http://evil.example/api/notes",
  "/api/notes/a#b",
  "/api/notes?a#b",
  "/api/notes/%",
  "/api/notes/%4",
  "/api/notes/%zz",
  "/api/notes/%u002e",
  "/api/notes/%ff",
  "/api/notes/%c0%af",
  "/api/notes/%c0%ae%c0%ae/admin",
  "/api/notes/%ed%a0%80",
  "/api/notes/ä",
  "/api/notes/a b",
  "/api/notes/a\tb",
  "/api/notes/a\r\nb",
  "/api/notes/a\u0000b",
  '/api/notes/"<>',
  "/api/notes?a b",
  "/api/notes?a\r\nx: y",
  "/api/notes?ä",
];

/** Paths that two readers read as two different ones. */
const AMBIGUOUS = [
  "//evil.example/api/notes",
  "/api//notes",
  "/api/notes//7",
  "/api/notes/./7",
  "/api/notes/..",
  "/api/notes/../admin",
  "/api/notes/..;/admin",
  "/api/notes/..;x=1/admin",
  "/api/notes/..%3b/admin",
  "/api/notes/..%3Fx/admin",
  "/api/notes/..%23/admin",
  "/api/notes/%2e%2e/admin",
  "/api/notes/%2E%2E/admin",
  "/api/notes/.%2e/admin",
  "/api/notes/%252e%252e/admin",
  "/api/notes/%25252e%25252e/admin",
  "/api/notes/.%252e/admin",
  "/api/notes/%252e",
  "/api/notes/%25%2532%2565/admin",
  "/api/notes/..%253b/admin",
  "/api/notes/..%2500/admin",
  "/api/notes/..%20",
  "/api/notes/..%2520/admin",
  "/api/notes/..%2fadmin",
  "/api/notes/..%2Fadmin",
  "/api/notes/..%5cadmin",
  "/api/notes/..%252fadmin",
  "/api/notes/a%2f..%2f..%2fadmin",
  "/api/notes/%252e%252e%252fadmin",
  "/api/notes/a%5C..%5C..",
  "/api/notes/a\\b",
  "/api\\notes",
  "/api/notes/%00",
  "/api/notes/a%0d%0ab",
  "/api/notes/%7f",
  "/api/n%6ftes",
  "/%61pi/notes",
  "/api/notes/%7E",
];

/** One path here and two segments to some: for routes that allow it. */
const ENCODED_SLASHES = [
  "/api/notes/a%2fb",
  "/api/notes/a%2Fb",
  "/api/notes/%2Fetc%2Fpasswd",
  "/api/notes/group%2Fproject/files/a%2Fb.ts?ref=main",
  "/api/notes/a%252Fb",
  "/api/notes/a%25252fb",
  "/api/notes/a%5cb",
  "/api/notes/C:%5CUsers%5Cada",
  "/api/notes/a%255Cb",
];

const CANONICAL = [
  "/api/notes",
  "/api/notes/",
  "/api/notes/7?x=1",
  "/api/notes/7?",
  "/api/notes/@evil.example",
  "/api/notes/a:b;c=d,e+f!$&'()*~_-.",
  "/api/notes/...",
  "/api/notes/..%20x",
  "/api/notes/.well-known",
  "/api/notes/caf%C3%A9%20au%20lait",
  "/api/notes/[1]",
  "/api/notes/%5B1%5D%7B%7D%22%3C%3E%60%5E%7C",
  "/api/notes/%3A%40%26%3D%2B%24%2C%3B%21%27%28%29%2A",
  "/api/notes/C%23",
  "/api/notes/what%3F",
  "/api/notes/what%3fever%23",
  "/api/notes/100%25",
  "/api/notes/5%2510",
  "/api/notes/%25zz",
  "/api/notes/%2541",
  "/api/notes/%2500",
  "/api/notes/%2523",
  "/api/notes/a%252eb",
  "/api/notes/a%25..b",
  "/api/notes?next=//evil.example/../..&q=%2f%00%zz&filter[a]=b|c",
];

/** What names of things are made of. */
const CHARACTERS = Array.from("aZ09 .-_~!*'()#?%&=+$,;:@[]{}|^`\"<>é漢");

const refusal = (code: "bad_request" | "ambiguous_path") => ({ kind: "refused", code });

describe("parseTarget", () => {
  it.each(NO_PATH)("refuses %j as no path (S-105, S-106)", (rawTarget) => {
    expect(parseTarget(rawTarget)).toEqual(refusal("bad_request"));
  });

  it.each(AMBIGUOUS)("refuses %j as ambiguous (S-105, S-106)", (rawTarget) => {
    expect(parseTarget(rawTarget)).toEqual(refusal("ambiguous_path"));
  });

  it.each(CANONICAL)("takes %j as it stands", (rawTarget) => {
    const [path, ...query] = rawTarget.split("?");
    expect(parseTarget(rawTarget)).toEqual({
      kind: "parsed",
      path,
      query: query.length === 0 ? "" : `?${query.join("?")}`,
      hasEncodedSlash: false,
    });
  });

  it.each(ENCODED_SLASHES)("takes %j as it stands, and says that it has an encoded slash", (rawTarget) => {
    const parsed = parseTarget(rawTarget);
    expect(parsed).toMatchObject({ kind: "parsed", hasEncodedSlash: true });
    expect(parsed.kind === "parsed" && parsed.path + parsed.query).toBe(rawTarget);
  });

  it("takes whatever a page encodes as a segment, but dots alone and slashes", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1 }), (name) => {
        const parsed = parseTarget(`/api/notes/${encodeURIComponent(name)}`);
        const isDots = readingsOf(name).some((part) => /^\.{1,2}(?: *$|[;?#\x00-\x1f])/u.test(part));
        const hasSlash = /[/\\]/u.test(decodeFully(name));
        expect(parsed).toMatchObject(
          isDots ? refusal("ambiguous_path") : { kind: "parsed", hasEncodedSlash: hasSlash },
        );
      }),
      { numRuns: 5000 },
    );
  });

  it("takes no target that a URL parser would rewrite: what it gives back is what any parser sees (S-106)", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ..."/ // . .. %2e %2F %5c %00 \\ ; ? # % @ a api notes %C3%A9 %25 2f é".split(" "),
        " ",
      ),
      fc.string({ maxLength: 3 }),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    const rawTarget = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);
    fc.assert(
      fc.property(rawTarget, (raw) => {
        const parsed = parseTarget(raw);
        if (parsed.kind === "refused") return;
        const url = new URL(raw, "http://upstream.example");
        expect(parsed.path + parsed.query).toBe(raw);
        expect([url.origin, url.pathname, url.hash]).toEqual(["http://upstream.example", parsed.path, ""]);
      }),
      { numRuns: 5000 },
    );
  });

  it("takes no path whose dots come out by decoding, however often (S-106)", () => {
    const encodedDot = fc
      .tuple(fc.constantFrom(".", "%2e", "%2E"), fc.integer({ min: 0, max: 6 }))
      .map(([dot, times]) => (dot === "." ? dot : dot.replace("%", `%${"25".repeat(times)}`)));
    const tail = fc.constantFrom("", "/admin", "%2fadmin", "%252Fadmin", "%5cadmin", ";x/admin", "%3b/admin");
    fc.assert(
      fc.property(encodedDot, encodedDot, tail, (first, second, after) => {
        expect(parseTarget(`/api/notes/${first}${second}${after}`)).toEqual(refusal("ambiguous_path"));
      }),
    );
  });
});

function decodeOnce(text: string): string {
  return text.replaceAll(/%([0-9A-F]{2})/giu, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function decodeFully(text: string): string {
  const next = decodeOnce(text);
  return next === text ? text : decodeFully(next);
}

/** Its segments for those who take it as it is, and for those who decode it once, twice, ... */
function readingsOf(text: string): readonly string[] {
  const next = decodeOnce(text);
  return [...text.split(/[/\\]/u), ...(next === text ? [] : readingsOf(next))];
}

describe("matchPath", () => {
  it("matches whole segments only", () => {
    expect(matchPath("/api/notes", "/api/notes")).toBe("");
    expect(matchPath("/api/notes/7", "/api/notes")).toBe("/7");
    expect(matchPath("/api/notesX", "/api/notes")).toBeUndefined();
    expect(matchPath("/api/note", "/api/notes")).toBeUndefined();
    expect(matchPath("/API/notes", "/api/notes")).toBeUndefined();
  });
});

describe("forwarding a path", () => {
  it.each([
    ["bad_request", NO_PATH],
    ["ambiguous_path", AMBIGUOUS],
    ["ambiguous_path", ENCODED_SLASHES],
    ["unknown_route", ["/api", "/api/other", "/api/notesX", "/", "/v1/7"]],
  ] as const)("contacts nobody where it is refused as %s (S-105, S-106)", async (code, rawTargets) => {
    const { send, requests } = createSendDouble();
    const forward = createForward({ send });
    for (const rawTarget of rawTargets) {
      const outcome = await forward(get(rawTarget), notes("https://up.example"), "token", CALLER);
      expect([rawTarget, outcome]).toEqual([rawTarget, { kind: "refused", code }]);
    }
    expect(requests).toEqual([]);
  });

  it.each(ENCODED_SLASHES)("sends %j where the route allows encoded slashes, as it stands", async (raw) => {
    const { send, requests } = createSendDouble();
    const target = notes("https://up.example", { allowEncodedSlashes: true });
    await createForward({ send })(get(raw), target, "token", CALLER);
    expect(requests.map(({ path }) => path)).toEqual([`/v1${raw.slice("/api/notes".length)}`]);
  });

  it("refuses dot segments also where the route allows encoded slashes (S-106)", async () => {
    const { send, requests } = createSendDouble();
    const target = notes("https://up.example", { allowEncodedSlashes: true });
    for (const rawTarget of AMBIGUOUS) {
      expect(await createForward({ send })(get(rawTarget), target, "token", CALLER)).toEqual(
        refusal("ambiguous_path"),
      );
    }
    expect(requests).toEqual([]);
  });

  it("sends the bytes that the guard saw, under the base path and nowhere else (S-105, S-106)", async () => {
    const segment = fc.string({
      unit: fc.constantFrom(
        ..."a Z 0 - . _ ~ @ : ; ! $ & ' ( ) * + , = \\ %20 %C3%A9 %2e %2f %5C %23 %3F %25 %252e %252F ..".split(
          " ",
        ),
      ),
      maxLength: 6,
    });
    const rawTarget = fc
      .tuple(fc.array(segment, { maxLength: 5 }), fc.option(fc.string({ maxLength: 10 })))
      .map(
        ([segments, query]) =>
          `/api/notes${segments.map((one) => `/${one}`).join("")}${query === null ? "" : `?${query}`}`,
      );
    const check = async (raw: string, allowEncodedSlashes: boolean): Promise<void> => {
      const { send, requests } = createSendDouble();
      const target = notes("https://up.example", { allowEncodedSlashes });
      const outcome = await createForward({ send })(get(raw), target, "token", CALLER);
      const [sent] = requests;
      expect(sent && sent.origin + sent.path).toEqual(
        outcome.kind === "refused" ? undefined : `https://up.example/v1${raw.slice("/api/notes".length)}`,
      );
      // Also to an upstream that decodes again and again before it looks at the path.
      const path = decodeFully(sent?.path.split("?")[0] ?? "/v1");
      expect(new URL(path, "https://up.example").pathname).toMatch(/^\/v1(?:\/|$)/u);
    };
    await expect(
      fc.assert(fc.asyncProperty(rawTarget, fc.boolean(), check), { numRuns: 3000 }),
    ).resolves.toBeUndefined();
  });

  it("asks for the root where the upstream has no base path", async () => {
    const { send, requests } = createSendDouble();
    await createForward({ send })(
      get("/api/notes?x=1"),
      notes("", { upstream: "https://up.example" }),
      undefined,
      CALLER,
    );
    expect(requests[0]?.path).toBe("/?x=1");
  });
});
