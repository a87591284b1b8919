import { describe, expect, it } from "vitest";
import { ProxyError, type TargetProblem } from "./proxy-error.ts";
import { USUAL_LIMITS } from "../suite/calls.ts";
import { createTarget, type TargetConfig } from "./target.ts";

const good: TargetConfig = { prefix: "/api/notes", upstream: "http://127.0.0.1:4100/v1", ...USUAL_LIMITS };

const problemsOf = (config: Partial<TargetConfig>): readonly TargetProblem[] => {
  try {
    createTarget({ ...good, ...config });
  } catch (error) {
    if (error instanceof ProxyError && error.code === "config_invalid") return error.problems;
    throw error;
  }
  return [];
};

describe("createTarget", () => {
  it.each([
    { prefix: "/api/notes/" },
    { prefix: "/" },
    { prefix: "" },
    { prefix: "api" },
    { prefix: "/api/../x" },
    { prefix: "/api/%6eotes" },
    { upstream: "127.0.0.1:4100" },
    { upstream: "ftp://api.example" },
    { upstream: "https://user:pw@api.example/v1" },
    { upstream: "https://api.example/v1/" },
    { upstream: "https://api.example/" },
    { upstream: "https://api.example/v1?x=1" },
    { upstream: "https://api.example/v1#x" },
    { upstream: "https://api.example/a/../v1" },
  ])("refuses %j", (config) => {
    expect(problemsOf(config)).toHaveLength(1);
  });

  it.each([
    "http://127.0.0.1:4100/v1",
    "http://127.8.9.10",
    "http://localhost:4100",
    "http://[::1]:4100/v1",
    "http://api.localhost:4100",
    "https://api.example/v1",
  ])("takes the upstream %j by itself (S-113)", (upstream) => {
    expect(problemsOf({ upstream })).toEqual([]);
  });

  it.each([
    "http://api.example/v1",
    "http://10.0.0.7:4100",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://[::ffff:10.0.0.7]",
    "http://0.0.0.0:4100",
  ])("takes the upstream %j only where the route says so by name (S-113)", (rawUpstream) => {
    const { href } = new URL(rawUpstream);
    const upstream = href.replace(/\/$/u, "");
    expect(problemsOf({ upstream })).toEqual([
      { field: "upstream", fix: expect.stringContaining("dangerouslyAllowHttp: true") },
    ]);
    expect(problemsOf({ upstream, dangerouslyAllowHttp: false })).toHaveLength(1);
    expect(problemsOf({ upstream, dangerouslyAllowHttp: true })).toEqual([]);
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
    "content-location",
    "www-authenticate",
    "server",
    "x-powered-by",
    "connection",
    "Link",
  ])("lets no route pass %j back (S-111)", (name) => {
    expect(problemsOf({ extraResponseHeaders: [name] })).toHaveLength(1);
  });

  it("lists all problems at once", () => {
    expect(problemsOf({ prefix: "x", upstream: "y", extraRequestHeaders: ["cookie", "host"] })).toHaveLength(
      4,
    );
  });
});
