import { createCertificateAuthority, createSelfSignedCertificate } from "@coatcheck/dev-idp";
import { describe, expect, it } from "vitest";
import type { EnvironmentRecord } from "./environment-problem.ts";
import { KEY, parse, problemsOf } from "./good-environment.fixture.ts";

const OWN = await createSelfSignedCertificate({ commonName: "app" });
const AUTHORITY = (await createCertificateAuthority()).cert;
const OTHER = await createSelfSignedCertificate({ commonName: "other" });
const EXPIRED = await createSelfSignedCertificate({
  commonName: "app",
  notBefore: new Date("2020-01-01"),
  notAfter: new Date("2021-01-01"),
});
const CERTIFICATE = { OAUTH_CLIENT_CERTIFICATE: OWN.cert, OAUTH_CLIENT_CERTIFICATE_KEY: OWN.key };

/** One bad configuration a rule (S-128, S-129, S-133); the variable that must be named. */
type Refused = readonly [rule: string, changes: EnvironmentRecord, variable: string];

const REFUSED: readonly Refused[] = [
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
  ["keys that are none", { OAUTH_CLIENT_KEYS: "secret-key-1234" }, "OAUTH_CLIENT_KEYS"],
  ["a certificate that nothing is done with", CERTIFICATE, "OAUTH_CLIENT_CERTIFICATE"],
  [
    "tls_client_auth without a certificate",
    { OAUTH_CLIENT_AUTH: "tls_client_auth" },
    "OAUTH_CLIENT_CERTIFICATE",
  ],
  [
    "a certificate without its key",
    { ...CERTIFICATE, OAUTH_CLIENT_AUTH: "tls_client_auth", OAUTH_CLIENT_CERTIFICATE_KEY: undefined },
    "OAUTH_CLIENT_CERTIFICATE_KEY",
  ],
  [
    "a certificate with another one's key",
    { ...CERTIFICATE, OAUTH_CLIENT_AUTH: "tls_client_auth", OAUTH_CLIENT_CERTIFICATE_KEY: OTHER.key },
    "OAUTH_CLIENT_CERTIFICATE_KEY",
  ],
  [
    "a certificate that is over",
    {
      OAUTH_CLIENT_AUTH: "self_signed_tls_client_auth",
      OAUTH_CLIENT_CERTIFICATE: EXPIRED.cert,
      OAUTH_CLIENT_CERTIFICATE_KEY: EXPIRED.key,
    },
    "OAUTH_CLIENT_CERTIFICATE",
  ],
  [
    "a certificate's key in a missing file",
    {
      ...CERTIFICATE,
      OAUTH_CLIENT_AUTH: "tls_client_auth",
      OAUTH_CLIENT_CERTIFICATE_KEY: undefined,
      OAUTH_CLIENT_CERTIFICATE_KEY_FILE: "/nowhere",
    },
    "OAUTH_CLIENT_CERTIFICATE_KEY_FILE",
  ],
  [
    "tokens bound to a key and to a certificate",
    { ...CERTIFICATE, OAUTH_CERTIFICATE_BOUND_TOKENS: "true", OAUTH_DPOP: "required" },
    "OAUTH_CERTIFICATE_BOUND_TOKENS",
  ],
  ["no client authentication at all", { OAUTH_CLIENT_AUTH: "none" }, "OAUTH_CLIENT_AUTH"],
  ["private_key_jwt without keys", { OAUTH_CLIENT_AUTH: "private_key_jwt" }, "OAUTH_CLIENT_KEYS"],
  [
    "keys in a missing file",
    { OAUTH_CLIENT_SECRET: undefined, OAUTH_CLIENT_KEYS_FILE: "/nowhere" },
    "OAUTH_CLIENT_KEYS_FILE",
  ],
  [
    "keys in PEM that can't be read",
    { OAUTH_CLIENT_KEYS: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" },
    "OAUTH_CLIENT_KEYS",
  ],
  ["client_secret_jwt with a weak secret", { OAUTH_CLIENT_AUTH: "client_secret_jwt" }, "OAUTH_CLIENT_SECRET"],
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
  ["an upstream with credentials", { API_ROUTES: "/api/a=https://u:p@a.internal" }, "API_ROUTES"],
  [
    "routes by list and by file",
    { API_ROUTES: "/api/a=https://a.internal", API_ROUTES_FILE: "/etc/routes.json" },
    "API_ROUTES",
  ],
  ["routes in a missing file", { API_ROUTES_FILE: "/nowhere" }, "API_ROUTES_FILE"],
  ["routes that are no JSON", { API_ROUTES_FILE: "/etc/broken.json" }, "API_ROUTES_FILE"],
  ["a route that isn't in a list", { API_ROUTES_FILE: "/etc/one-route.json" }, "API_ROUTES_FILE"],
  [
    "a deadline of routes, though there are none",
    { UPSTREAM_IDLE_TIMEOUT_SECONDS: "60s" },
    "UPSTREAM_IDLE_TIMEOUT_SECONDS",
  ],
  ["a circuit of no failures", { UPSTREAM_CIRCUIT_FAILURES: "0" }, "UPSTREAM_CIRCUIT_FAILURES"],
  [
    "a circuit that is off in a word of one's own",
    { UPSTREAM_CIRCUIT_FAILURES: "off" },
    "UPSTREAM_CIRCUIT_FAILURES",
  ],
  ["a deadline of no time", { TOKEN_TIMEOUT_SECONDS: "0" }, "TOKEN_TIMEOUT_SECONDS"],
  ["a symmetric algorithm", { OIDC_ID_TOKEN_ALGORITHMS: "RS256,HS256" }, "OIDC_ID_TOKEN_ALGORITHMS"],
  [
    "a clock that may be an hour off",
    { OIDC_CLOCK_TOLERANCE_SECONDS: "3600" },
    "OIDC_CLOCK_TOLERANCE_SECONDS",
  ],
  ["a route with an unknown key", { API_ROUTES_FILE: "/etc/unknown-key.json" }, "API_ROUTES_FILE"],
  ["an unknown number of machines", { INSTANCES: undefined }, "INSTANCES"],
  ["several machines without a shared ledger", { INSTANCES: "2" }, "LEDGER_REDIS_URL"],
  ["a Redis that is none", { LEDGER_REDIS_URL: "https://cache.internal" }, "LEDGER_REDIS_URL"],
  ...[
    "redis+cluster://",
    "redis+ring://a.internal:6379",
    "redis://a.internal:6379,b.internal:6379",
    "redis+cluster://a.internal:6379,:6379",
    "redis+cluster://a.internal:6379/1",
    "redis+cluster://a.internal:99999",
    "redis+sentinel://a.internal:26379",
    "redis+sentinel://a.internal:26379/coats/0/1",
    "redis+sentinel://a.internal/coats?sentinelpassword=x",
    "rediss://a.internal?tls=false",
    "redis://user:50%@a.internal",
    "redis://a.internal/zero",
  ].map((url): Refused => [
    `${url}: an address of Redis that is none`,
    { LEDGER_REDIS_URL: url },
    "LEDGER_REDIS_URL",
  ]),
  [
    "an authority without TLS",
    { LEDGER_REDIS_URL: "redis://cache.internal", LEDGER_REDIS_CA: AUTHORITY },
    "LEDGER_REDIS_CA",
  ],
  [
    "an authority that is no certificate",
    { LEDGER_REDIS_URL: "rediss://cache.internal", LEDGER_REDIS_CA: "-----BEGIN CERTIFICATE-----" },
    "LEDGER_REDIS_CA",
  ],
  [
    "a certificate for Redis without its key",
    { LEDGER_REDIS_URL: "rediss://cache.internal", LEDGER_REDIS_CERTIFICATE: "x" },
    "LEDGER_REDIS_CERTIFICATE",
  ],
  [
    "a key for Redis without its certificate",
    { LEDGER_REDIS_URL: "rediss://cache.internal", LEDGER_REDIS_CERTIFICATE_KEY: "x" },
    "LEDGER_REDIS_CERTIFICATE_KEY",
  ],
  [
    "a certificate for Redis that is none",
    {
      LEDGER_REDIS_URL: "rediss://cache.internal",
      LEDGER_REDIS_CERTIFICATE: "x",
      LEDGER_REDIS_CERTIFICATE_KEY: "y",
    },
    "LEDGER_REDIS_CERTIFICATE",
  ],
  [
    "a wait for replicas longer than a step may take",
    { LEDGER_REDIS_URL: "rediss://cache.internal", LEDGER_REDIS_WAIT_MS: "5000" },
    "LEDGER_REDIS_WAIT_MS",
  ],
  ["a PostgreSQL that is none", { LEDGER_POSTGRES_URL: "https://db.internal" }, "LEDGER_POSTGRES_URL"],
  [
    "two shared ledgers",
    { LEDGER_REDIS_URL: "rediss://cache.internal", LEDGER_POSTGRES_URL: "postgres://db.internal/app" },
    "LEDGER_POSTGRES_URL",
  ],
  [
    "a file beside PostgreSQL",
    { LEDGER_POSTGRES_URL: "postgres://db.internal/app", LEDGER_FILE: "x.sqlite" },
    "LEDGER_FILE",
  ],
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
  it.each(REFUSED)("S-128 refuses %s", (_rule, changes, variable) => {
    expect(problemsOf(changes)).toContain(variable);
  });

  it("gives every problem a fix", () => {
    for (const [, changes] of REFUSED) {
      const parsed = parse(changes);
      for (const { fix } of parsed.kind === "invalid" ? parsed.problems : []) {
        expect(fix.length).toBeGreaterThan(8);
        expect(fix).not.toMatch(/`|\[\d|undefined/u);
      }
    }
  });
});
