import { describe, expect, it } from "vitest";
import { createTarget, type Target } from "../target.ts";
import { USUAL_LIMITS } from "../../suite/calls.ts";
import { mapLocation } from "./location.ts";

const PUBLIC_ORIGIN = "https://app.example:8443";
const UPSTREAM = "http://127.0.0.1:4100";

function map(location: string, config: Partial<Target> = {}): string | undefined {
  const target = createTarget({
    prefix: "/api/notes",
    upstream: `${UPSTREAM}/v1`,
    ...USUAL_LIMITS,
    ...config,
  });
  const { origin, pathname } = new URL(target.upstream);
  const path = `${pathname === "/" ? "" : pathname}/notes/7?x=1`;
  return mapLocation(target, { origin, path }, PUBLIC_ORIGIN, location);
}

describe("a place that an upstream names", () => {
  it.each([
    ["/v1/notes/8", "/api/notes/notes/8"],
    [`${UPSTREAM}/v1/a?b=c#d`, "/api/notes/a?b=c#d"],
    ["HTTP://127.0.0.1:4100/v1/a", "/api/notes/a"],
    ["//127.0.0.1:4100/v1/a", "/api/notes/a"],
    ["8", "/api/notes/notes/8"],
    ["./8", "/api/notes/notes/8"],
    ["../a", "/api/notes/a"],
    ["?page=2", "/api/notes/notes/7?page=2"],
    ["#end", "/api/notes/notes/7?x=1#end"],
    ["/v1", "/api/notes"],
    ["/v1/", "/api/notes/"],
    ["/v1/C%23/what%3F", "/api/notes/C%23/what%3F"],
    ["/v1/a b", "/api/notes/a%20b"],
    ["/v1/caf\u00c3\u00a9", "/api/notes/caf%C3%A9"],
  ])("is its own, %j: mapped to the route", (location, mapped) => {
    expect(map(location)).toBe(mapped);
  });

  it.each([
    ["https://app.example:8443/v1/notes/8", "/api/notes/notes/8"],
    ["https://app.example:8443/v1/notes/8?a=b#c", "/api/notes/notes/8?a=b#c"],
    ["HTTPS://APP.Example:8443/v1/notes/8", "/api/notes/notes/8"],
    ["https://app.example:08443/v1", "/api/notes"],
    ["//app.example:8443/v1/notes/8", "/api/notes/notes/8"],
    ["//APP.EXAMPLE:8443/v1/notes/8", "/api/notes/notes/8"],
    ["http://app.example:8443/v1/notes/8", "/api/notes/notes/8"],
    ["https://app.example:8443/v1/a/../b", "/api/notes/b"],
    ["https://app.example:8443/v1/C%23", "/api/notes/C%23"],
    ["https://app.example:8443/api/notes/8?a=b#c", "/api/notes/8?a=b#c"],
    ["https://app.example:8443/api/notes", "/api/notes"],
  ])("is under the origin that it was told of, %j: mapped to the route's public path", (location, mapped) => {
    expect(map(location)).toBe(mapped);
  });

  it.each([
    ["/a", "/api/notes/a"],
    ["/", "/api/notes"],
    [`${UPSTREAM}/a`, "/api/notes/a"],
    ["https://app.example:8443/a", "/api/notes/a"],
    ["https://app.example:8443/", "/api/notes"],
    ["https://app.example:8443/api/notes/a", "/api/notes/a"],
    ["https://app.example:8443/api/notesx", "/api/notes/api/notesx"],
  ])("of an upstream without a base path, %j: mapped to the route", (location, mapped) => {
    expect(map(location, { upstream: UPSTREAM })).toBe(mapped);
  });

  it("is read as the upstream's own path where its base is a part of the prefix", () => {
    expect(map("https://app.example:8443/api/notes/8", { upstream: `${UPSTREAM}/api` })).toBe(
      "/api/notes/notes/8",
    );
  });

  it.each([
    "http://evil.example/v1/a",
    "https://127.0.0.1:4100/v1/a",
    "http://127.0.0.1:4101/v1/a",
    "http://127.0.0.1/v1/a",
    "//evil.example/v1",
    "///evil.example/v1",
    "/v2/a",
    "/v1x",
    "/",
    "../../admin",
    "/v1/%2e%2e/admin",
    "/v1/..%2fadmin",
    "/v1/%252e%252e/admin",
    "/v1/a%2fb",
    "/v1/a%5cb",
    "/v1//a",
    "http://u:p@127.0.0.1:4100/v1/a",
    "http://u@127.0.0.1:4100/v1/a",
    "https://app.example/v1/a",
    "https://app.example:443/v1/a",
    "https://app.example:8444/v1/a",
    "https://app.example.:8443/v1/a",
    "https://sub.app.example:8443/v1/a",
    "https://app.example.evil.example:8443/v1/a",
    "https://app.example:8443@evil.example/v1/a",
    "https://u:p@app.example:8443/v1/a",
    "https://u@app.example:8443/v1/a",
    "//u@app.example:8443/v1/a",
    "ftp://app.example:8443/v1/a",
    "wss://app.example:8443/v1/a",
    "https://app.example:8443/",
    "https://app.example:8443/bff/logout",
    "https://app.example:8443/v1x",
    "https://app.example:8443/api/notesx",
    "https://app.example:8443/api/other/a",
    "https://app.example:8443/v1/../bff/login",
    "https://app.example:8443/v1/%2e%2e/bff/login",
    "https://app.example:8443/api/notes/..%2f..%2fbff",
    "https://app.example:8443/v1//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://[",
    "https://",
    "/\\evil.example",
    "\\\\evil.example/v1",
  ])("leads out of the route, %j: mapped to nothing (S-112)", (location) => {
    expect(map(location)).toBeUndefined();
  });

  it("may have encoded slashes where the route allows them", () => {
    expect(map("https://app.example:8443/v1/a%2Fb", { allowEncodedSlashes: true })).toBe("/api/notes/a%2Fb");
    expect(map("/v1/..%2fadmin", { allowEncodedSlashes: true })).toBeUndefined();
  });
});
