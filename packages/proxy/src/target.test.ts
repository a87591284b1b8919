import { describe, expect, it } from "vitest";
import { ProxyError } from "./proxy-error.ts";
import { createTarget, mapLocation, type TargetConfig } from "./target.ts";

const good: TargetConfig = { prefix: "/api/notes", upstream: "http://127.0.0.1:4100/v1" };

const problemsOf = (config: Partial<TargetConfig>): readonly string[] => {
  try {
    createTarget({ ...good, ...config });
  } catch (error) {
    if (error instanceof ProxyError && error.code === "config_invalid") return error.problems;
    throw error;
  }
  return [];
};

describe("createTarget", () => {
  it("fills in the limits and deadlines", () => {
    expect(createTarget(good)).toEqual({
      ...good,
      maxBodyBytes: 33_554_432,
      connectTimeoutMs: 5000,
      headersTimeoutMs: 30_000,
      idleTimeoutMs: 60_000,
    });
  });

  it.each([
    { prefix: "/api/notes/" },
    { prefix: "/" },
    { prefix: "" },
    { prefix: "api" },
    { prefix: "/api/../x" },
    { prefix: "/api/%6eotes" },
    { upstream: "127.0.0.1:4100" },
    { upstream: "ftp://api.example" },
    { upstream: "http://user:pw@api.example/v1" },
    { upstream: "http://api.example/v1/" },
    { upstream: "http://api.example/" },
    { upstream: "http://api.example/v1?x=1" },
    { upstream: "http://api.example/v1#x" },
    { upstream: "http://api.example/a/../v1" },
    { maxBodyBytes: -1 },
    { idleTimeoutMs: 0 },
    { connectTimeoutMs: Number.NaN },
  ])("refuses %j", (config) => {
    expect(problemsOf(config)).toHaveLength(1);
  });

  it.each([
    "cookie",
    "authorization",
    "Accept",
    "host",
    "connection",
    "te",
    "content-length",
    "transfer-encoding",
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "x-user-id",
    "x_custom",
    "proxy-authorization",
    "x-coatcheck",
    "x-coatcheck-user",
    "sec-fetch-site",
    "x-http-method-override",
    "a b",
    "",
  ])("lets no route send %j upstream (S-109)", (name) => {
    expect(problemsOf({ extraRequestHeaders: [name] })).toHaveLength(1);
  });

  it.each([
    "set-cookie",
    "coatcheck-problem",
    "access-control-allow-origin",
    "clear-site-data",
    "service-worker-allowed",
    "refresh",
    "content-security-policy",
    "strict-transport-security",
    "location",
    "www-authenticate",
    "server",
    "x-powered-by",
    "connection",
    "Link",
  ])("lets no route pass %j back (S-111)", (name) => {
    expect(problemsOf({ extraResponseHeaders: [name] })).toHaveLength(1);
  });

  it("lists all problems at once", () => {
    expect(
      problemsOf({ prefix: "x", upstream: "y", maxBodyBytes: -1, extraRequestHeaders: ["cookie", "host"] }),
    ).toHaveLength(5);
  });
});

describe("mapLocation", () => {
  const target = createTarget(good);
  const destination = { origin: "http://127.0.0.1:4100", path: "/v1/notes/7?x=1" };

  it.each([
    ["/v1/notes/8", "/api/notes/notes/8"],
    ["http://127.0.0.1:4100/v1/a?b=c#d", "/api/notes/a?b=c#d"],
    ["8", "/api/notes/notes/8"],
    ["../a", "/api/notes/a"],
    ["?page=2", "/api/notes/notes/7?page=2"],
    ["/v1", "/api/notes"],
  ])("maps %j to the route", (location, mapped) => {
    expect(mapLocation(target, destination, location)).toBe(mapped);
  });

  it.each([
    "http://evil.example/v1/a",
    "https://127.0.0.1:4100/v1/a",
    "http://127.0.0.1:4101/v1/a",
    "//evil.example/v1",
    "/v2/a",
    "/v1x",
    "/",
    "../../admin",
    "/v1/%2e%2e/admin",
    "/v1/a%2fb",
    "http://u:p@127.0.0.1:4100/v1/a",
    "http://u@127.0.0.1:4100/v1/a",
    "javascript:alert(1)",
    "http://[",
    "/\\evil.example",
  ])("maps %j to nothing (S-112)", (location) => {
    expect(mapLocation(target, destination, location)).toBeUndefined();
  });
});
