import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Route } from "./route.ts";
import { createRouteTable } from "./route-table.ts";

const route = (): Route => ({
  methods: ["GET"],
  guard: "fetch",
  handle: () => Promise.reject(new Error("not called")),
});
const [own, notes, deep] = [route(), route(), route()];
const table = createRouteTable({
  own: { "/bff/session": own, "/healthz": own },
  apis: [
    ["/api/notes", notes],
    ["/api/notes/deep", deep],
  ],
});

describe("the route table", () => {
  it("finds exact paths, and the longest prefix by whole segments", () => {
    expect(table.find("/bff/session")?.route).toBe(own);
    expect(table.find("/api/notes")?.route).toBe(notes);
    expect(table.find("/api/notes/7")?.route).toBe(notes);
    expect(table.find("/api/notes/deep/1")?.route).toBe(deep);
  });

  it("S-108 S-124: knows nothing else, whatever the extension", () => {
    for (const path of [
      "/bff",
      "/bff/session/",
      "/bff/session;.js",
      "/bff/session/x.css",
      "/BFF/session",
      "/api",
      "/api/note",
      "/api/notesx",
      "/api/me/x.css",
      "/",
    ]) {
      expect([path, table.find(path)]).toEqual([path, undefined]);
    }
  });

  it("S-124 S-106: owns every spelling of its paths, so that none falls through to HTML", () => {
    for (const target of [
      "/bff",
      "/bff/anything.html",
      "/bff;x/session",
      "/%62ff/session",
      "/%2562ff/session",
      "//bff/session",
      "/\\bff/session",
      "/x/../bff/session",
      "/x/%2e%2e/bff/session",
      "/./bff/session",
      "/BFF/session",
      "/bff%2fsession",
      "http://elsewhere.example/bff/session",
      "/api",
      "/api/unknown?x=1",
      "/healthz?x",
    ]) {
      expect([target, table.owns(target)]).toEqual([target, true]);
    }
    for (const target of ["/", "/bffs", "/notes", "/apis/x", "/x?y=/bff/session", "/healthz/x"]) {
      expect([target, table.owns(target)]).toEqual([target, false]);
    }
  });

  it("S-138: makes something of every target", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (target) => {
        expect(typeof table.owns(target)).toBe("boolean");
      }),
    );
  });
});
