import { generateKeyPairSync, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { generateCookieKey } from "@coatcheck/bff";
import { revealSecret, Secret } from "@coatcheck/bff/config";
import { generateClientKeys } from "@coatcheck/oauth/node";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderEnvironmentProblems, type EnvironmentRecord } from "./environment-problem.ts";
import {
  GOOD,
  KEY,
  OTHER_KEY,
  parse,
  problemsOf,
  readFile,
  SECRET,
  settingsOf,
} from "./good-environment.fixture.ts";
import { parseEnvironment } from "./parse-environment.ts";
import { VARIABLES } from "./variables.ts";

describe("parseEnvironment", () => {
  it("accepts the smallest good environment, with the named defaults", () => {
    expect(settingsOf()).toMatchObject({
      bff: {
        publicOrigin: "https://app.example.com",
        provider: { issuer: "https://id.example.com/realms/main", clientId: "app" },
        routes: [],
      },
      host: "127.0.0.1",
      port: 3000,
      ledgerFile: ".data/ledger.sqlite",
      drainSeconds: 35,
      drainNoticeSeconds: 0,
      maxConnections: 10_000,
      webRoot: "apps/web/dist",
      logFormat: "json",
    });
  });

  it("accepts what each rule's neighbour allows", () => {
    const { bff } = settingsOf({
      PUBLIC_ORIGIN: "http://localhost:3000",
      DANGEROUSLY_ALLOW_HTTP: "loopback",
      OIDC_ISSUER: "http://127.0.0.1:4000",
      COOKIE_KEYS: undefined,
      COOKIE_KEYS_FILE: "/run/secrets/keys",
      API_ROUTES: "/api/notes=http://127.0.0.1:4100/v1, /api/files=https://files.internal/",
      UPSTREAM_IDLE_TIMEOUT_SECONDS: "7",
      TRUSTED_PROXIES: "10.0.0.7, 10.1.0.0/16, fd00::/8",
      OAUTH_REFRESH_ENDPOINT: "https://id.example.com/refresh?tenant=1",
    });
    expect(bff.cookieKeys.map((key) => (key instanceof Secret ? key.reveal() : key))).toEqual([
      KEY,
      OTHER_KEY,
    ]);
    expect(bff.routes).toEqual([
      { prefix: "/api/notes", upstream: "http://127.0.0.1:4100/v1", idleTimeoutMs: 7_000 },
      { prefix: "/api/files", upstream: "https://files.internal/", idleTimeoutMs: 7_000 },
    ]);
    expect(bff.trustedProxies).toEqual(["10.0.0.7", "10.1.0.0/16", "fd00::/8"]);
    expect(bff.provider.endpoints).toEqual({ refresh: "https://id.example.com/refresh?tenant=1" });
  });

  it.each([
    ["40", 40],
    ["none", "none"],
  ])("takes a circuit of %s failures for all routes", (text, failures) => {
    const { bff } = settingsOf({
      API_ROUTES: "/api/notes=https://notes.internal/v1",
      UPSTREAM_CIRCUIT_FAILURES: text,
      UPSTREAM_CIRCUIT_WINDOW_SECONDS: "20",
      UPSTREAM_CIRCUIT_RETRY_SECONDS: "3",
    });
    expect(bff.routes?.map(({ circuit }) => circuit)).toEqual([
      { failures, windowMs: 20_000, retryMs: 3_000 },
    ]);
  });

  it("takes http upstreams on this machine under an https origin, and elsewhere where the route says so", () => {
    expect(problemsOf({ API_ROUTES: "/api/a=http://127.0.0.1:4100,/api/b=http://[::1]:4100" })).toEqual([]);
    const settings = settingsOf({
      API_ROUTES_FILE: "/etc/plain-http.json",
      UPSTREAM_IDLE_TIMEOUT_SECONDS: "7",
      UPSTREAM_HEADERS_TIMEOUT_SECONDS: "8",
    });
    expect(settings.bff.routes).toEqual([
      {
        prefix: "/api/notes",
        upstream: "http://notes:8080",
        dangerouslyAllowHttp: true,
        headersTimeoutMs: 8_000,
        idleTimeoutMs: 5,
      },
    ]);
  });

  it("starts several machines with Redis, and reads routes from a file", () => {
    const settings = settingsOf({
      INSTANCES: "4",
      LEDGER_REDIS_URL: "rediss://user:hunter2@cache.internal:6379",
      API_ROUTES_FILE: "/etc/routes.json",
    });
    expect(String(settings.ledgerRedisUrl)).toBe("[secret]");
    expect(settings.bff.routes[0]).toMatchObject({ prefix: "/api/notes", methods: ["GET"] });
  });

  it("hands what is said of a provider's particularities to its client", () => {
    const { provider } = settingsOf({
      OAUTH_PROMPT: "",
      OAUTH_END_SESSION_PARAMETERS: "logout_uri={post_logout_redirect_uri}&state=",
      OIDC_ID_TOKEN_ALGORITHMS: "ES256, RS256",
      OIDC_TRUSTED_AUDIENCES: "urn:a",
      OIDC_CLOCK_TOLERANCE_SECONDS: "0",
      OIDC_LOGOUT_TOKEN_STRICT: "true",
    }).bff;
    expect(provider).toMatchObject({
      prompt: "",
      endSessionParameters: { logout_uri: "{post_logout_redirect_uri}", state: "" },
      idTokenAlgorithms: ["ES256", "RS256"],
      trustedAudiences: ["urn:a"],
      clockToleranceSeconds: 0,
      logoutTokenStrict: true,
    });
  });

  it("needs no issuer where the preset knows it", () => {
    expect(problemsOf({ OAUTH_PROVIDER: "google", OIDC_ISSUER: undefined })).toEqual([]);
  });

  it.each<readonly [EnvironmentRecord, string]>([
    [{ SESSION_IDLE_SECONDS: "59" }, "use a whole number from 60 to 31536000"],
    [{ PROVIDER_TIMEOUT_SECONDS: "121" }, "use a whole number from 1 to 120"],
    [{ SESSION_IDLE_SECONDS: "90000" }, "make it at least 1 and at most SESSION_ABSOLUTE_SECONDS"],
    [
      { PUBLIC_ORIGIN: "http://localhost:3000" },
      "use https (http on loopback only, with DANGEROUSLY_ALLOW_HTTP=loopback)",
    ],
    [{ DANGEROUSLY_ALLOW_HTTP: "loopback" }, "remove it: PUBLIC_ORIGIN isn't on this machine"],
    [{ COOKIE_KEYS: `${KEY},${KEY}` }, "number 2 of 2 repeats number 1: remove one of them"],
    [{ COOKIE_KEYS: `${KEY},` }, "number 2 of 2 is empty: remove a comma, or write the key that is missing"],
    [{ COOKIE_KEYS: `,${KEY}` }, "number 1 of 2 is empty: remove a comma, or write the key that is missing"],
    [{ OAUTH_SCOPE: "profile" }, "add openid; without it there is no ID token."],
  ])("says of %j in the words and units of variables: %s", (changes, fix) => {
    const parsed = parse(changes);
    expect(parsed.kind === "invalid" && parsed.problems.map((problem) => problem.fix)).toEqual([fix]);
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

  it("freezes what it answers, all the way down", () => {
    const isFrozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every((part) => isFrozen(part)));
    expect(
      isFrozen(settingsOf({ API_ROUTES: "/api/a=https://a.internal", SESSION_IDLE_SECONDS: "60" })),
    ).toBe(true);
  });

  it("S-135 prints no secret, in settings or in problems", () => {
    const redis = "redis://user:hunter2@cache.internal";
    const settings = settingsOf({ LEDGER_REDIS_URL: redis });
    const printed = [
      inspect(settings, { depth: 9 }),
      JSON.stringify(settings),
      String(settings.bff.provider.clientSecret),
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
      fc.constantFrom(...VARIABLES.map(({ name }) => name), "COOKIE_KEYS_FILE"),
      fc.oneof(fc.string(), fc.webUrl(), fc.nat().map(String)),
    );
    fc.assert(
      fc.property(values, (environment) => {
        const parsed = parseEnvironment(environment, readFile);
        expect(["ok", "invalid"]).toContain(parsed.kind);
      }),
    );
  });

  it("S-018 takes an application's keys as a JWK Set and as PEM, and needs no secret beside them", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }));
    for (const keys of [pem, generateClientKeys()]) {
      const settings = settingsOf({ OAUTH_CLIENT_SECRET: undefined, OAUTH_CLIENT_KEYS: keys });
      expect(JSON.parse(revealSecret(settings.bff.provider.clientKeys ?? ""))).toMatchObject({
        keys: [{ kty: "EC", crv: "P-256" }],
      });
      expect(inspect(settings, { depth: 9 })).not.toContain(privateKey.export({ format: "jwk" }).d);
    }
  });

  it.each([
    ["lines", `${KEY}\n${OTHER_KEY}\n`],
    ["lines of Windows", `${KEY}\r\n${OTHER_KEY}\r\n`],
    ["commas", `${KEY},${OTHER_KEY}`],
    ["commas and lines", `${KEY},\n${OTHER_KEY}\n`],
    ["spaces", ` ${KEY} ${OTHER_KEY} `],
    ["an empty line", `${KEY}\n\n${OTHER_KEY}`],
  ])("S-129 reads cookie keys apart that are separated by %s", (_by, text) => {
    const environment = { ...GOOD, COOKIE_KEYS: undefined, COOKIE_KEYS_FILE: "/run/secrets/keys" };
    const parsed = parseEnvironment(environment, () => text, 1);
    const keys = parsed.kind === "ok" ? parsed.settings.frontends[0]?.bff.cookieKeys : [];
    expect(keys?.map(revealSecret)).toEqual([KEY, OTHER_KEY]);
  });

  it("S-129 accepts every key that keygen makes", () => {
    for (let round = 0; round < 200; round += 1) {
      expect(problemsOf({ COOKIE_KEYS: generateCookieKey(randomBytes) })).toEqual([]);
    }
  });
});
