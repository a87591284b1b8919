import { randomBytes } from "node:crypto";
import { createMemoryLedger } from "@coatcheck/tokens";
import { describe, expect, it } from "vitest";
import { BffError } from "../bff-error.ts";
import type { ConfigProblem } from "../bff-error.ts";
import { createBff } from "../create-bff.ts";
import type { BffConfig } from "./bff-config.ts";
import { parseBffConfig } from "./parse-bff-config.ts";

const GOOD: BffConfig = {
  publicOrigin: "https://app.example",
  cookieKeys: [randomBytes(32).toString("base64url")],
  provider: {
    preset: "oidc",
    issuer: "https://id.example",
    clientId: "app",
    clientSecret: randomBytes(16).toString("base64url"),
    scope: "openid profile",
  },
  routes: [
    { prefix: "/api/notes", upstream: "https://notes.internal/v1/", resource: "https://notes.example/" },
  ],
};

function problemsOf(config: unknown) {
  return failuresOf(config).map(({ path }) => path);
}
function fixesOf(config: unknown) {
  return failuresOf(config).map(({ fix }) => fix);
}

function failuresOf(config: unknown): readonly ConfigProblem[] {
  const timers = { setTimeout, clearTimeout: () => undefined };
  const ports = {
    fetch: () => Promise.reject(new Error("nobody is contacted")),
    ledger: createMemoryLedger({ nowMs: () => 0, ...timers }),
    nowMs: () => 0,
    monotonicMs: () => 0,
    randomBytes: (count: number) => new Uint8Array(count),
  };
  try {
    createBff(config as BffConfig, ports);
    return [];
  } catch (error) {
    if (!(error instanceof BffError)) throw error;
    expect(error.code).toBe("config_invalid");
    return error.problems;
  }
}

describe("a configuration", () => {
  it("is checked once where nobody can change it any more", () => {
    const frozen = Object.freeze({ ...GOOD });
    expect(parseBffConfig(frozen)).toBe(parseBffConfig(frozen));
    expect(parseBffConfig(GOOD)).not.toBe(parseBffConfig(GOOD));
  });

  it("gets its defaults, and what follows from the origin", () => {
    const parsed = parseBffConfig(GOOD);
    expect(parsed).toMatchObject({ kind: "ok" });
    expect(parsed.kind === "ok" && parsed.settings).toMatchObject({
      publicOrigin: "https://app.example",
      cookieNaming: { kind: "host" },
      idleTimeoutSeconds: 1_800,
      absoluteTimeoutSeconds: 43_200,
      persistent: true,
      windowRefresh: true,
      staleCookieSeconds: 600,
      onStaleCookie: "refuse",
      providers: [
        {
          name: "default",
          label: "id.example",
          config: {
            redirectUri: "https://app.example/bff/callback",
            postLogoutRedirectUri: "https://app.example/",
            resources: ["https://notes.example/"],
          },
        },
      ],
      routes: [
        {
          target: {
            upstream: "https://notes.internal/v1",
            maxBodyBytes: 32 * 1024 * 1024,
            connectTimeoutMs: 5_000,
          },
          methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
          tokenKind: "user",
          allowsDownloads: false,
        },
      ],
    });
    expect(problemsOf(GOOD)).toEqual([]);
  });

  it.each<readonly [string, unknown, string]>([
    ["http origin", { publicOrigin: "http://app.example" }, "publicOrigin"],
    ["http on loopback without saying so", { publicOrigin: "http://localhost:3000" }, "publicOrigin"],
    ["an origin with a path", { publicOrigin: "https://app.example/" }, "publicOrigin"],
    ["loopback rules for a public origin", { dangerouslyAllowHttp: "loopback" }, "dangerouslyAllowHttp"],
    ["another word for it", { dangerouslyAllowHttp: true }, "dangerouslyAllowHttp"],
    ["no cookie key", { cookieKeys: [] }, "cookieKeys"],
    ["a weak cookie key", { cookieKeys: ["secret"] }, "cookieKeys"],
    [
      "an idle timeout longer than the absolute one",
      { session: { idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 70 } },
      "session.idleTimeoutSeconds",
    ],
    ["trailing junk in a number", { session: { idleTimeoutSeconds: "1800s" } }, "session.idleTimeoutSeconds"],
    ["no client secret", { provider: { ...GOOD.provider, clientSecret: "" } }, "provider.clientSecret"],
    ["an http issuer", { provider: { ...GOOD.provider, issuer: "http://id.example" } }, "provider.issuer"],
    ["an unknown option", { sessions: {} }, "sessions"],
    ["an unknown option deeper", { refresh: { windows: false } }, "refresh.windows"],
    [
      "a redirect URI by hand",
      { provider: { ...GOOD.provider, redirectUri: "https://evil.example/" } },
      "provider.redirectUri",
    ],
    ["front-channel logout (S-104: not offered)", { frontChannelLogout: true }, "frontChannelLogout"],
    [
      "form_post (not offered)",
      { provider: { ...GOOD.provider, responseMode: "form_post" } },
      "provider.responseMode",
    ],
    [
      "another response type (S-001)",
      { provider: { ...GOOD.provider, responseType: "token" } },
      "provider.responseType",
    ],
    ["a list of providers in place of names", { providers: [] }, "providers"],
    ["a list of issuers", { issuers: ["https://other.example"] }, "issuers"],
    ...["Partner", "default", "a--b", "a/b", "", "..", "1st", "a".repeat(34)].map(
      (name) =>
        [
          `a provider called ${JSON.stringify(name)} (S-132)`,
          { providers: { [name]: { ...GOOD.provider, issuer: "https://other.example" } } },
          `providers.${name}`,
        ] as const,
    ),
    ...["https://id.example", "https://id.example/", "https://ID.example"].map(
      (issuer) =>
        [
          `two providers with one issuer, ${issuer} (S-132)`,
          { providers: { partner: { ...GOOD.provider, clientId: "another", issuer } } },
          "providers.partner.issuer",
        ] as const,
    ),
    [
      "two further providers with one issuer (S-132)",
      {
        providers: {
          one: { ...GOOD.provider, issuer: "https://other.example" },
          two: { ...GOOD.provider, issuer: "https://other.example" },
        },
      },
      "providers.two.issuer",
    ],
    [
      "a further provider that lacks its client id",
      { providers: { partner: { ...GOOD.provider, issuer: "https://other.example", clientId: undefined } } },
      "providers.partner.clientId",
    ],
    [
      "a further provider's unknown setting",
      {
        providers: {
          partner: { ...GOOD.provider, issuer: "https://other.example", redirectUri: "https://x" },
        },
      },
      "providers.partner.redirectUri",
    ],
    [
      "a further provider's sample secret (S-018)",
      {
        providers: {
          partner: { ...GOOD.provider, issuer: "https://other.example", clientSecret: "changeme" },
        },
      },
      "providers.partner.clientSecret",
    ],
    [
      "a route of a provider that isn't there",
      { routes: [{ prefix: "/api/a", upstream: "https://a.example", providers: ["partner"] }] },
      "routes[0].providers",
    ],
    [
      "a route of no provider",
      { routes: [{ prefix: "/api/a", upstream: "https://a.example", providers: [] }] },
      "routes[0].providers",
    ],
    [
      "a route for bound tokens where none are (S-119)",
      { routes: [{ prefix: "/api/a", upstream: "https://a.example", tokenProof: "dpop" }] },
      "routes[0].tokenProof",
    ],
    [
      "a route for bound tokens that gets none (S-119)",
      {
        provider: { ...GOOD.provider, dpop: "required" },
        routes: [{ prefix: "/api/a", upstream: "https://a.example", tokenProof: "dpop", tokenKind: "none" }],
      },
      "routes[0].tokenKind",
    ],
    ["fapi2 with a secret (S-018)", { security: "fapi2" }, "provider.clientAuth"],
    ["an unknown profile", { security: "fapi1" }, "security"],
    ["CORS (S-078: not offered)", { cors: { origins: ["https://other.example"] } }, "cors"],
    [
      "private_key_jwt without keys (S-018)",
      { provider: { ...GOOD.provider, clientAuth: "private_key_jwt" } },
      "provider.clientKeys",
    ],
    ...(
      [
        ["preset", "githup"],
        ["clientAuth", "none"],
        ["dpop", "always"],
        ["dpop", true],
        ["pushedRequests", true],
        ["requestTimeoutMs", 0],
        ["tokenTimeoutMs", Number.NaN],
        ["tokenTimeoutMs", 1.5],
        ["clockToleranceSeconds", 61],
        ["clockToleranceSeconds", -1],
        ["idTokenAlgorithms", ["none"]],
        ["idTokenAlgorithms", []],
        ["userinfoAtSignIn", "sometimes"],
        ["prompt", "none"],
        ["discovery", "no"],
        ["scope", ["openid"]],
        ["clientSecret", "changeme"],
      ] as const
    ).map(
      ([name, value]) =>
        [
          `${name} ${String(value)}`,
          { provider: { ...GOOD.provider, [name]: value } },
          `provider.${name}`,
        ] as const,
    ),
    ["admission rules (S-054: not offered)", { emailDomains: ["app.example"] }, "emailDomains"],
    [
      "another cookie prefix (S-056: not offered)",
      { session: { cookiePrefix: "__Host-Http-" } },
      "session.cookiePrefix",
    ],
    ["a picture host that is every host", { page: { pictureHosts: ["*"] } }, "page.pictureHosts"],
    [
      "a picture host with more to say",
      { page: { pictureHosts: ["a.example; script-src *"] } },
      "page.pictureHosts",
    ],
    ["a picture host over http", { page: { pictureHosts: ["http://a.example"] } }, "page.pictureHosts"],
    ["a picture host with a path", { page: { pictureHosts: ["a.example/x"] } }, "page.pictureHosts"],
    ["a picture scheme", { page: { pictureHosts: ["data:"] } }, "page.pictureHosts"],
    ["a keyword as a picture host", { page: { pictureHosts: ["'unsafe-inline'"] } }, "page.pictureHosts"],
    ["an unknown feature", { page: { features: ["sonar"] } }, "page.features"],
    ["an odd HSTS", { page: { hsts: "off" } }, "page.hsts"],
    ["a switch for all", { page: { csp: "default-src *" } }, "page.csp"],
    ["a proxy that is no address", { trustedProxies: ["10.0.0.0/8", "proxy.internal"] }, "trustedProxies[1]"],
    ["an odd word for yes", { session: { persistent: "always" } }, "session.persistent"],
    ["a reserved prefix", { routes: [{ ...GOOD.routes[0], prefix: "/bff/notes" }] }, "routes[0].prefix"],
    ["a relative prefix", { routes: [{ ...GOOD.routes[0], prefix: "api" }] }, "routes[0].prefix"],
    ["a prefix twice", { routes: [GOOD.routes[0], GOOD.routes[0]] }, "routes[1].prefix"],
    [
      "an http upstream (S-113)",
      { routes: [{ ...GOOD.routes[0], upstream: "http://notes.internal" }] },
      "routes[0].upstream",
    ],
    [
      "an upstream with credentials",
      { routes: [{ ...GOOD.routes[0], upstream: "https://a:b@notes.internal" }] },
      "routes[0].upstream",
    ],
    ["an upstream that is none", { routes: [{ prefix: "/api/x" }] }, "routes[0].upstream"],
    [
      "a method that is never served",
      { routes: [{ ...GOOD.routes[0], methods: ["TRACE"] }] },
      "routes[0].methods",
    ],
    ["no method", { routes: [{ ...GOOD.routes[0], methods: [] }] }, "routes[0].methods"],
    [
      "a header that carries identity",
      { routes: [{ ...GOOD.routes[0], extraRequestHeaders: ["cookie"] }] },
      "routes[0].extraRequestHeaders",
    ],
    [
      "an odd exemption",
      { routes: [{ ...GOOD.routes[0], exemptions: { everything: true } }] },
      "routes[0].exemptions.everything",
    ],
    ...(
      [
        ["maxBodyBytes", -1],
        ["maxBodyBytes", "none"],
        ["idleTimeoutMs", 0],
        ["connectTimeoutMs", Number.NaN],
        ["headersTimeoutMs", 1.5],
        ["eventStreamIdleTimeoutMs", 0],
        ["eventStreamIdleTimeoutMs", "never"],
        ["tokenKind", "admin"],
        ["methods", "GET"],
        ["dangerouslyAllowHttp", "yes"],
      ] as const
    ).map(
      ([name, value]) =>
        [
          `${name} ${String(value)}`,
          { routes: [{ ...GOOD.routes[0], [name]: value }] },
          `routes[0].${name}`,
        ] as const,
    ),
  ])("S-128: with %s is refused, and says where", (_, change, path) => {
    expect(problemsOf({ ...GOOD, ...(change as object) })).toEqual([path]);
  });

  it("S-128: with several problems names them all at once, each with its fix, and no secret", () => {
    const cookieKey = "hunter2hunter2";
    const provider = { ...GOOD.provider, clientId: "", scope: "profile" };
    const bad = { ...GOOD, publicOrigin: "x", cookieKeys: [cookieKey], provider, nonsense: 1 };
    expect(problemsOf(bad)).toEqual([
      "nonsense",
      "provider.clientId",
      "publicOrigin",
      "cookieKeys",
      "provider.scope",
    ]);
    expect(JSON.stringify(fixesOf(bad))).not.toContain(cookieKey);
    for (const fix of fixesOf(bad)) expect(fix.length).toBeGreaterThan(10);
  });

  it.each([
    ["https://app.example", { kind: "host" }],
    ["https://app.example:8443", { kind: "host", port: 8443 }],
    ["https://localhost:9443", { kind: "host", port: 9443 }],
    ["http://localhost:3000", { kind: "loopback", port: 3000 }],
    ["http://localhost", { kind: "loopback", port: 80 }],
  ] as const)("names the cookies of %s after its port, where it has one", (publicOrigin, naming) => {
    const dangerouslyAllowHttp = publicOrigin.startsWith("http:")
      ? { dangerouslyAllowHttp: "loopback" as const }
      : {};
    const parsed = parseBffConfig({ ...GOOD, publicOrigin, ...dangerouslyAllowHttp });
    expect(parsed.kind === "ok" && parsed.settings.cookieNaming).toEqual(naming);
  });

  it("takes http upstreams on loopback, and elsewhere where the route says so", () => {
    for (const route of [
      { prefix: "/api/a", upstream: "http://127.0.0.1:4100/v1" },
      { prefix: "/api/a", upstream: "http://notes:8080", dangerouslyAllowHttp: true },
      { prefix: "/api/a", upstream: "http://public.example", tokenKind: "none", dangerouslyAllowHttp: true },
    ]) {
      expect(problemsOf({ ...GOOD, routes: [route] })).toEqual([]);
      const { dangerouslyAllowHttp, ...unnamed } = route as { dangerouslyAllowHttp?: boolean };
      expect(problemsOf({ ...GOOD, routes: [unnamed] })).toEqual(
        dangerouslyAllowHttp === true ? ["routes[0].upstream"] : [],
      );
    }
  });
});
