import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALLER, createSendDouble, get, notes } from "../suite/calls.ts";
import { createForward } from "./create-forward.ts";
import { matchPath, parseTarget } from "./request-target.ts";

const AMBIGUOUS = [
  "",
  "*",
  "notes",
  "http://evil.example/api/notes",
  "//evil.example/api/notes",
  "/api//notes",
  "/api/notes//7",
  "/api/notes/./7",
  "/api/notes/..",
  "/api/notes/../admin",
  "/api/notes/..;/admin",
  "/api/notes/..;x=1/admin",
  "/api/notes/..%3b/admin",
  "/api/notes/%2e%2e/admin",
  "/api/notes/%2E%2E/admin",
  "/api/notes/.%2e/admin",
  "/api/notes/%252e%252e/admin",
  "/api/notes/a%2fb",
  "/api/notes/a%2Fb",
  "/api/notes/a%252Fb",
  "/api/notes/a%25252fb",
  "/api/notes/a%5cb",
  "/api/notes/a\\b",
  "/api\\notes",
  "/api/notes/%00",
  "/api/notes/a%0d%0ab",
  "/api/notes/%7f",
  "/api/notes/a%23b",
  "/api/notes/a%3Fb",
  "/api/notes/a#b",
  "/api/notes?a#b",
  "/api/notes/%",
  "/api/notes/%4",
  "/api/notes/%zz",
  "/api/notes/%ff",
  "/api/notes/%c0%af",
  "/api/notes/%ed%a0%80",
  "/api/n%6ftes",
  "/%61pi/notes",
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

const CANONICAL = [
  "/api/notes",
  "/api/notes/",
  "/api/notes/7?x=1",
  "/api/notes/7?",
  "/api/notes/@evil.example",
  "/api/notes/a:b;c=d,e+f!$&'()*~_-.",
  "/api/notes/...",
  "/api/notes/.well-known",
  "/api/notes/caf%C3%A9%20au%20lait",
  "/api/notes/100%25",
  "/api/notes/[1]",
  "/api/notes?next=//evil.example/../..&q=%2f%00%zz&filter[a]=b|c",
];

describe("parseTarget", () => {
  it.each(AMBIGUOUS)("refuses %j (S-105, S-106)", (rawTarget) => {
    expect(parseTarget(rawTarget)).toBeUndefined();
  });

  it.each(CANONICAL)("takes %j as it stands", (rawTarget) => {
    const parsed = parseTarget(rawTarget);
    expect((parsed?.path ?? "") + (parsed?.query ?? "")).toBe(rawTarget);
    expect(parsed?.path).not.toContain("?");
  });

  it("takes no target that a URL parser would rewrite: what it gives back is what any parser sees (S-106)", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2F",
        "%5c",
        "%00",
        "\\",
        ";",
        "?",
        "#",
        "%",
        "@",
        "a",
        "api",
        "notes",
        "%C3%A9",
        "%25",
        "2f",
        "é",
        " ",
      ),
      fc.string({ maxLength: 3 }),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    const rawTarget = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);
    await expect(
      fc.assert(
        fc.asyncProperty(rawTarget, async (raw) => {
          const parsed = parseTarget(raw);
          if (parsed === undefined) return true;
          const url = new URL(raw, "http://upstream.example");
          return (
            parsed.path + parsed.query === raw &&
            url.origin === "http://upstream.example" &&
            url.pathname === parsed.path &&
            url.hash === ""
          );
        }),
        { numRuns: 5000 },
      ),
    ).resolves.toBeUndefined();
  });
});

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
  it("contacts nobody for a path that is ambiguous or not the route's (S-105, S-106)", async () => {
    const { send, requests } = createSendDouble();
    const forward = createForward({ send });
    for (const rawTarget of AMBIGUOUS) {
      expect(await forward(get(rawTarget), notes("http://up.example"), "token", CALLER)).toEqual({
        kind: "refused",
        code: "bad_request",
      });
    }
    for (const rawTarget of ["/api", "/api/other", "/api/notesX", "/", "/v1/7"]) {
      expect(await forward(get(rawTarget), notes("http://up.example"), "token", CALLER)).toEqual({
        kind: "refused",
        code: "unknown_route",
      });
    }
    expect(requests).toEqual([]);
  });

  it("sends the bytes that the guard saw, under the base path and nowhere else (S-105, S-106)", async () => {
    const segment = fc.string({
      unit: fc.constantFrom(
        "a",
        "Z",
        "0",
        "-",
        ".",
        "_",
        "~",
        "@",
        ":",
        ";",
        "!",
        "$",
        "&",
        "'",
        "(",
        ")",
        "*",
        "+",
        ",",
        "=",
        "%20",
        "%C3%A9",
        "%2e",
        "%2f",
        "%5C",
        "..",
        "\\",
      ),
      maxLength: 6,
    });
    const rawTarget = fc
      .tuple(fc.array(segment, { maxLength: 5 }), fc.option(fc.string({ maxLength: 10 })))
      .map(
        ([segments, query]) =>
          `/api/notes${segments.map((one) => `/${one}`).join("")}${query === null ? "" : `?${query}`}`,
      );
    await expect(
      fc.assert(
        fc.asyncProperty(rawTarget, async (raw) => {
          const { send, requests } = createSendDouble();
          const outcome = await createForward({ send })(
            get(raw),
            notes("http://up.example"),
            "token",
            CALLER,
          );
          const [sent] = requests;
          if (outcome.kind === "refused") return sent === undefined;
          const guarded = parseTarget(raw);
          return (
            sent?.origin === "http://up.example" &&
            sent.path === `/v1${guarded?.path.slice("/api/notes".length)}${guarded?.query}` &&
            new URL(sent.origin + sent.path).pathname.startsWith("/v1")
          );
        }),
        { numRuns: 2000 },
      ),
    ).resolves.toBeUndefined();
  });

  it("asks for the root where the upstream has no base path", async () => {
    const { send, requests } = createSendDouble();
    await createForward({ send })(
      get("/api/notes?x=1"),
      notes("", { upstream: "http://up.example" }),
      undefined,
      CALLER,
    );
    expect(requests[0]?.path).toBe("/?x=1");
  });
});
