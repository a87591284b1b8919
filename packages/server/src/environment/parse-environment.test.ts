import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { generateCookieKey } from "@coatcheck/bff";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EnvironmentRecord } from "./environment-reader.ts";
import { renderEnvironmentProblems } from "./environment-report.ts";
import { parseEnvironment, type Settings } from "./parse-environment.ts";
import { VARIABLE_NAMES } from "./variables.ts";

const KEY = "dzZW0c4s5kiviOiVGDcw0O7MQudOXhBfux83LUcHuwY";
const OTHER_KEY = "_D9kG1CsGG72IHgsBxL5FmVGv-NAFKZrYDbBaE-zCb4";
const SECRET = "p3zQ0-vT7_client";

const GOOD: EnvironmentRecord = {
  PUBLIC_ORIGIN: "https://app.example.com",
  COOKIE_KEYS: KEY,
  OIDC_ISSUER: "https://id.example.com/realms/main",
  OAUTH_CLIENT_ID: "app",
  OAUTH_CLIENT_SECRET: SECRET,
  INSTANCES: "1",
};

const FILES: Readonly<Record<string, string>> = {
  "/run/secrets/keys": `${KEY},${OTHER_KEY}\n`,
  "/run/secrets/empty": "\n",
  "/etc/routes.json": JSON.stringify([
    { prefix: "/api/notes", upstream: "https://notes.internal/v1", methods: ["GET"] },
  ]),
  "/etc/broken.json": "[",
  "/etc/unknown-key.json": JSON.stringify([
    { prefix: "/api/notes", upstream: "https://notes.internal", rewrite: "/" },
  ]),
};

function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error("no such file");
  return text;
}

function parse(changes: EnvironmentRecord = {}) {
  return parseEnvironment({ ...GOOD, ...changes }, readFile);
}

function settingsOf(changes: EnvironmentRecord = {}): Settings {
  const parsed = parse(changes);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

function problemsOf(changes: EnvironmentRecord): readonly string[] {
  const parsed = parse(changes);
  return parsed.kind === "ok" ? [] : parsed.problems.map(({ variable }) => variable);
}

/** One bad configuration a rule (S-128, S-129, S-133); the variable that must be named. */
const REFUSED: readonly (readonly [rule: string, changes: EnvironmentRecord, variable: string])[] = [
  ["no public origin", { PUBLIC_ORIGIN: undefined }, "PUBLIC_ORIGIN"],
  ["an empty value", { PUBLIC_ORIGIN: "  " }, "PUBLIC_ORIGIN"],
  ["an http origin", { PUBLIC_ORIGIN: "http://app.example.com" }, "PUBLIC_ORIGIN"],
  [
    "an http origin on loopback, not allowed by name",
    { PUBLIC_ORIGIN: "http://localhost:3000" },
    "PUBLIC_ORIGIN",
  ],
  [
    "an http origin of another machine, though loopback is allowed",
    { PUBLIC_ORIGIN: "http://app.example.com", DANGEROUSLY_ALLOW_HTTP: "loopback" },
    "PUBLIC_ORIGIN",
  ],
  [
    "an http origin of a name that only begins like loopback",
    { PUBLIC_ORIGIN: "http://127.example.com", DANGEROUSLY_ALLOW_HTTP: "loopback" },
    "PUBLIC_ORIGIN",
  ],
  [
    "a plain http server for other machines",
    { PUBLIC_ORIGIN: "http://localhost:3000", DANGEROUSLY_ALLOW_HTTP: "loopback", HOST: "0.0.0.0" },
    "HOST",
  ],
  ["an origin with a path", { PUBLIC_ORIGIN: "https://app.example.com/app" }, "PUBLIC_ORIGIN"],
  ["an origin with a slash", { PUBLIC_ORIGIN: "https://app.example.com/" }, "PUBLIC_ORIGIN"],
  ["an origin with capitals", { PUBLIC_ORIGIN: "https://App.example.com" }, "PUBLIC_ORIGIN"],
  ["an origin with the default port", { PUBLIC_ORIGIN: "https://app.example.com:443" }, "PUBLIC_ORIGIN"],
  ["an origin with credentials", { PUBLIC_ORIGIN: "https://a:b@app.example.com" }, "PUBLIC_ORIGIN"],
  ["an origin that is no URL", { PUBLIC_ORIGIN: "app.example.com" }, "PUBLIC_ORIGIN"],
  ["another scheme", { PUBLIC_ORIGIN: "ftp://app.example.com" }, "PUBLIC_ORIGIN"],
  ["a permission for http everywhere", { DANGEROUSLY_ALLOW_HTTP: "true" }, "DANGEROUSLY_ALLOW_HTTP"],
  ["http allowed for a public origin", { DANGEROUSLY_ALLOW_HTTP: "loopback" }, "DANGEROUSLY_ALLOW_HTTP"],
  ["no worker at all", { WORKERS: "0" }, "WORKERS"],
  ["metrics on the port that browsers reach", { METRICS_PORT: "3000" }, "METRICS_PORT"],
  ["an empty claim", { USER_CLAIMS: "name,,email" }, "USER_CLAIMS"],
  ["trailing junk in a number", { PORT: "3000x" }, "PORT"],
  ["a port beyond the last", { PORT: "65536" }, "PORT"],
  ["a number with a sign", { PORT: "+3000" }, "PORT"],
  ["a number in hex", { SESSION_IDLE_SECONDS: "0x708" }, "SESSION_IDLE_SECONDS"],
  ["a number with a fraction", { SESSION_IDLE_SECONDS: "1800.5" }, "SESSION_IDLE_SECONDS"],
  ["no cookie keys", { COOKIE_KEYS: undefined }, "COOKIE_KEYS"],
  ["a short cookie key", { COOKIE_KEYS: "c2hvcnQtYW5kLXdlYWs" }, "COOKIE_KEYS"],
  ["a cookie key of 255 bits in hex", { COOKIE_KEYS: "3f".repeat(31) }, "COOKIE_KEYS"],
  ["a cookie key of one byte over and over", { COOKIE_KEYS: "A".repeat(43) }, "COOKIE_KEYS"],
  [
    "the sample key of iron-session",
    { COOKIE_KEYS: "complex_password_at_least_32_characters_long" },
    "COOKIE_KEYS",
  ],
  [
    "a phrase as cookie key",
    { COOKIE_KEYS: "thequickbrownfoxjumpsoverthelazydogandmoreofit" },
    "COOKIE_KEYS",
  ],
  ["a cookie key with other signs", { COOKIE_KEYS: `${KEY.slice(0, 42)}!` }, "COOKIE_KEYS"],
  ["a weak second key", { COOKIE_KEYS: `${KEY},changeme` }, "COOKIE_KEYS"],
  ["the same key twice", { COOKIE_KEYS: `${KEY},${KEY}` }, "COOKIE_KEYS"],
  ["an empty second key", { COOKIE_KEYS: `${KEY},` }, "COOKIE_KEYS"],
  ["a secret set twice", { COOKIE_KEYS_FILE: "/run/secrets/keys" }, "COOKIE_KEYS"],
  [
    "a secret in a missing file",
    { COOKIE_KEYS: undefined, COOKIE_KEYS_FILE: "/nowhere" },
    "COOKIE_KEYS_FILE",
  ],
  [
    "a secret in an empty file",
    { COOKIE_KEYS: undefined, COOKIE_KEYS_FILE: "/run/secrets/empty" },
    "COOKIE_KEYS_FILE",
  ],
  ["a file for what is no secret", { OAUTH_SCOPE_FILE: "/run/secrets/keys" }, "OAUTH_SCOPE_FILE"],
  ["no issuer", { OIDC_ISSUER: undefined }, "OIDC_ISSUER"],
  ["an http issuer", { OIDC_ISSUER: "http://id.example.com" }, "OIDC_ISSUER"],
  ["an issuer with a query", { OIDC_ISSUER: "https://id.example.com?tenant=1" }, "OIDC_ISSUER"],
  ["an issuer with a fragment", { OIDC_ISSUER: "https://id.example.com#x" }, "OIDC_ISSUER"],
  [
    "the metadata's address as issuer",
    { OIDC_ISSUER: "https://id.example.com/.well-known/openid-configuration" },
    "OIDC_ISSUER",
  ],
  ["another issuer with the preset google", { OAUTH_PROVIDER: "google" }, "OIDC_ISSUER"],
  ["an unknown preset", { OAUTH_PROVIDER: "githup" }, "OAUTH_PROVIDER"],
  ["no client id", { OAUTH_CLIENT_ID: undefined }, "OAUTH_CLIENT_ID"],
  ["no client secret", { OAUTH_CLIENT_SECRET: undefined }, "OAUTH_CLIENT_SECRET"],
  ["a sample as client secret", { OAUTH_CLIENT_SECRET: "change-me" }, "OAUTH_CLIENT_SECRET"],
  ["a short client secret", { OAUTH_CLIENT_SECRET: "abc123" }, "OAUTH_CLIENT_SECRET"],
  ["an unknown way to authenticate", { OAUTH_CLIENT_AUTH: "none" }, "OAUTH_CLIENT_AUTH"],
  ["a scope without openid", { OAUTH_SCOPE: "profile email" }, "OAUTH_SCOPE"],
  ["scopes with commas and two spaces", { OAUTH_SCOPE: "openid,  profile" }, "OAUTH_SCOPE"],
  ["an http endpoint", { OAUTH_REFRESH_ENDPOINT: "http://id.example.com/refresh" }, "OAUTH_REFRESH_ENDPOINT"],
  [
    "endpoints by hand without all of them",
    { OAUTH_TOKEN_ENDPOINT: "https://id.example.com/token" },
    "OAUTH_JWKS_URI",
  ],
  ["a redirect URI", { OAUTH_REDIRECT_URI: "https://app.example.com/cb" }, "OAUTH_REDIRECT_URI"],
  ["another response type", { OAUTH_RESPONSE_TYPE: "code id_token" }, "OAUTH_RESPONSE_TYPE"],
  ["form_post", { OAUTH_RESPONSE_MODE: "form_post" }, "OAUTH_RESPONSE_MODE"],
  ["a typing error in a name", { OAUTH_CLIENTID: "app" }, "OAUTH_CLIENTID"],
  [
    "a typing error in a name without our prefix",
    { PUBLIC_ORGIN: "https://app.example.com" },
    "PUBLIC_ORGIN",
  ],
  ["a name in lower case", { cookie_keys: KEY }, "cookie_keys"],
  ["an unknown option", { LEDGER_MODE: "fast" }, "LEDGER_MODE"],
  ["a route without upstream", { API_ROUTES: "/api/notes" }, "API_ROUTES"],
  ["a route outside /api", { API_ROUTES: "/bff/notes=https://notes.internal" }, "API_ROUTES"],
  ["a route for all of /api", { API_ROUTES: "/api=https://notes.internal" }, "API_ROUTES"],
  ["a route with dot segments", { API_ROUTES: "/api/../bff=https://notes.internal" }, "API_ROUTES"],
  ["a route with a slash at the end", { API_ROUTES: "/api/notes/=https://notes.internal" }, "API_ROUTES"],
  ["a route twice", { API_ROUTES: "/api/a=https://a.internal,/api/a=https://b.internal" }, "API_ROUTES"],
  ["an http upstream on another machine", { API_ROUTES: "/api/a=http://a.internal" }, "API_ROUTES"],
  [
    "an http upstream on loopback, not allowed by name",
    { API_ROUTES: "/api/a=http://127.0.0.1:4100" },
    "API_ROUTES",
  ],
  ["an upstream with a slash at the end", { API_ROUTES: "/api/a=https://a.internal/v1/" }, "API_ROUTES"],
  ["an upstream with credentials", { API_ROUTES: "/api/a=https://u:p@a.internal" }, "API_ROUTES"],
  [
    "routes by list and by file",
    { API_ROUTES: "/api/a=https://a.internal", API_ROUTES_FILE: "/etc/routes.json" },
    "API_ROUTES",
  ],
  ["routes in a missing file", { API_ROUTES_FILE: "/nowhere" }, "API_ROUTES_FILE"],
  ["routes that are no JSON", { API_ROUTES_FILE: "/etc/broken.json" }, "API_ROUTES_FILE"],
  ["a route with an unknown key", { API_ROUTES_FILE: "/etc/unknown-key.json" }, "API_ROUTES_FILE"],
  ["an unknown number of machines", { INSTANCES: undefined }, "INSTANCES"],
  ["several machines without a shared ledger", { INSTANCES: "2" }, "LEDGER_REDIS_URL"],
  ["a Redis that is none", { LEDGER_REDIS_URL: "https://cache.internal" }, "LEDGER_REDIS_URL"],
  ["two ledgers", { LEDGER_REDIS_URL: "rediss://cache.internal", LEDGER_FILE: "x.sqlite" }, "LEDGER_FILE"],
  ["an idle time beyond the session's life", { SESSION_IDLE_SECONDS: "90000" }, "SESSION_IDLE_SECONDS"],
  ["a yes that isn't true", { SESSION_PERSISTENT: "yes" }, "SESSION_PERSISTENT"],
  ["a drain shorter than a token call", { DRAIN_SECONDS: "20" }, "DRAIN_SECONDS"],
  ["a proxy by name", { TRUSTED_PROXIES: "lb.internal" }, "TRUSTED_PROXIES"],
  ["a proxy network of the whole world", { TRUSTED_PROXIES: "0.0.0.0/0" }, "TRUSTED_PROXIES"],
  ["a proxy network with too many bits", { TRUSTED_PROXIES: "10.0.0.0/33" }, "TRUSTED_PROXIES"],
  ["certificate checks switched off", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "NODE_TLS_REJECT_UNAUTHORIZED"],
];

describe("parseEnvironment", () => {
  it("accepts the smallest good environment, with the named defaults", () => {
    expect(settingsOf()).toMatchObject({
      publicOrigin: "https://app.example.com",
      host: "127.0.0.1",
      port: 3000,
      session: { idleSeconds: 1800, absoluteSeconds: 43_200, isPersistent: true },
      ledger: { kind: "sqlite", file: ".data/ledger.sqlite" },
      provider: { preset: "oidc", scope: "openid profile email", endpoints: {} },
      timeouts: { providerSeconds: 5, tokenSeconds: 30, drainSeconds: 35 },
      trustedProxies: [],
      dangerouslyAllowHttp: false,
    });
  });

  it.each(REFUSED)("S-128 refuses %s", (_rule, changes, variable) => {
    expect(problemsOf(changes)).toContain(variable);
  });

  it("accepts what each rule's neighbour allows", () => {
    const settings = settingsOf({
      PUBLIC_ORIGIN: "http://localhost:3000",
      DANGEROUSLY_ALLOW_HTTP: "loopback",
      OIDC_ISSUER: "http://127.0.0.1:4000",
      COOKIE_KEYS: undefined,
      COOKIE_KEYS_FILE: "/run/secrets/keys",
      API_ROUTES: "/api/notes=http://127.0.0.1:4100/v1, /api/files=https://files.internal",
      TRUSTED_PROXIES: "10.0.0.7, 10.1.0.0/16, fd00::/8",
      OAUTH_REFRESH_ENDPOINT: "https://id.example.com/refresh?tenant=1",
    });
    expect(settings.cookieKeys.map((key) => key.reveal())).toEqual([KEY, OTHER_KEY]);
    expect(settings.apiRoutes).toEqual([
      { prefix: "/api/notes", upstream: "http://127.0.0.1:4100/v1" },
      { prefix: "/api/files", upstream: "https://files.internal" },
    ]);
    expect(settings.trustedProxies).toEqual(["10.0.0.7", "10.1.0.0/16", "fd00::/8"]);
    expect(settings.provider.endpoints).toEqual({ refresh: "https://id.example.com/refresh?tenant=1" });
  });

  it("starts several machines with Redis, and reads routes from a file", () => {
    const settings = settingsOf({
      INSTANCES: "4",
      LEDGER_REDIS_URL: "rediss://user:hunter2@cache.internal:6379",
      API_ROUTES_FILE: "/etc/routes.json",
    });
    expect(settings.ledger.kind).toBe("redis");
    expect(settings.apiRoutes[0]).toMatchObject({ prefix: "/api/notes", methods: ["GET"] });
  });

  it("knows Google's issuer", () => {
    expect(settingsOf({ OAUTH_PROVIDER: "google", OIDC_ISSUER: undefined }).provider.issuer).toBe(
      "https://accounts.google.com",
    );
  });

  it("names the nearest variable for a typing error", () => {
    const parsed = parse({ OAUTH_CLIENTID: "app" });
    expect(parsed.kind === "invalid" && parsed.problems[0]?.fix).toContain("OAUTH_CLIENT_ID");
  });

  it("leaves other programs' variables alone", () => {
    expect(
      problemsOf({
        SESSION_MANAGER: "local/x",
        PATH: "/bin",
        HOSTNAME: "box",
        XDG_SESSION_ID: "1",
        API_KEY: "k",
        LOGNAME: "me",
        POST: "1",
      }),
    ).toEqual([]);
  });

  it("S-128 reports all problems at once", () => {
    const parsed = parseEnvironment(
      { PORT: "x", OAUTH_SCOPE: "profile", OIDC_ISSUERS: "https://a" },
      readFile,
    );
    const named = parsed.kind === "invalid" ? parsed.problems.map(({ variable }) => variable) : [];
    expect(named.toSorted()).toEqual([
      "COOKIE_KEYS",
      "INSTANCES",
      "OAUTH_CLIENT_ID",
      "OAUTH_CLIENT_SECRET",
      "OAUTH_SCOPE",
      "OIDC_ISSUER",
      "OIDC_ISSUERS",
      "PORT",
      "PUBLIC_ORIGIN",
    ]);
  });

  it("gives every problem a fix", () => {
    for (const [, changes] of REFUSED) {
      const parsed = parse(changes);
      for (const { fix, problem } of parsed.kind === "invalid" ? parsed.problems : []) {
        expect(fix).not.toBe("");
        expect(problem).not.toBe("");
      }
    }
  });

  it("freezes what it answers", () => {
    const settings = settingsOf();
    expect(
      Object.isFrozen(settings) && Object.isFrozen(settings.session) && Object.isFrozen(settings.cookieKeys),
    ).toBe(true);
  });

  it("S-135 prints no secret, in settings or in problems", () => {
    const redis = "redis://user:hunter2@cache.internal";
    const settings = settingsOf({ LEDGER_REDIS_URL: redis });
    const printed = [
      inspect(settings, { depth: 9 }),
      JSON.stringify(settings),
      settings.provider.clientSecret.toString(),
    ].join();
    expect(printed).toContain("[secret]");
    for (const secret of [KEY, SECRET, "hunter2"]) expect(printed).not.toContain(secret);

    const environment = {
      ...GOOD,
      LEDGER_REDIS_URL: redis,
      LEDGER_FILE: "x",
      OAUTH_CLIENT_SECRETT: SECRET,
      COOKIE_KEYS: `${KEY},${KEY}`,
    };
    const parsed = parseEnvironment(environment, readFile);
    const table = renderEnvironmentProblems(parsed.kind === "invalid" ? parsed.problems : [], environment);
    expect(table).toContain("[secret]");
    for (const secret of [KEY, SECRET, "hunter2"]) expect(table).not.toContain(secret);
  });

  it("S-137 lets no value forge a line of the table", () => {
    const environment = { ...GOOD, PORT: "1\n2\u001B[31m" };
    const parsed = parseEnvironment(environment, readFile);
    const table = renderEnvironmentProblems(parsed.kind === "invalid" ? parsed.problems : [], environment);
    expect(table.split("\n")).toHaveLength(5);
    expect(table).not.toContain("\u001B");
  });

  it("answers every environment, however strange, and never throws", () => {
    const values = fc.dictionary(
      fc.constantFrom(...VARIABLE_NAMES, "COOKIE_KEYS_FILE"),
      fc.oneof(fc.string(), fc.webUrl(), fc.nat().map(String)),
    );
    fc.assert(
      fc.property(values, (environment) => {
        const parsed = parseEnvironment(environment, readFile);
        expect(["ok", "invalid"]).toContain(parsed.kind);
      }),
    );
  });

  it("S-129 accepts every key that keygen makes", () => {
    for (let round = 0; round < 200; round += 1) {
      expect(problemsOf({ COOKIE_KEYS: generateCookieKey(randomBytes) })).toEqual([]);
    }
  });
});
