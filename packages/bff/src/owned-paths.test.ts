import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOwnedPaths } from "./owned-paths.ts";

const owned = createOwnedPaths(["/api/notes", "/Files"]);

describe("the paths that are owned", () => {
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
      "/Files/1",
      "/files/1",
    ]) {
      expect([target, owned.owns(target)]).toEqual([target, true]);
    }
    for (const target of ["/", "/bffs", "/notes", "/apis/x", "/x?y=/bff/session", "/healthz/x"]) {
      expect([target, owned.owns(target)]).toEqual([target, false]);
    }
  });

  it("are plain where configuration spells them so, and no router finds the others", () => {
    for (const path of [
      "/bff",
      "/bff/session",
      "/bff/unknown",
      "/api",
      "/api/notes/1",
      "/Files/1",
      "/readyz",
    ])
      expect([path, owned.isPlain(path)]).toEqual([path, true]);
    for (const path of ["/BFF/session", "/bff;x/session", "/api;x/notes", "/files/1", "/", "/readyz/x"])
      expect([path, owned.isPlain(path)]).toEqual([path, false]);
  });

  it("S-138: makes something of every target", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (target) => {
        expect(typeof owned.owns(target)).toBe("boolean");
      }),
    );
  });
});
