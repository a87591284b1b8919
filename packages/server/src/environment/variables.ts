import { BFF_SCHEMA, findSetting, type Group, type Setting, type SettingPath } from "@coatcheck/bff/config";

/** Variables of the BFF's settings, by where each stands in its schema. Those of a route are for every route that says nothing. */
const BFF_VARIABLES = {
  PUBLIC_ORIGIN: "publicOrigin",
  PUBLIC_BASE_PATH: "basePath",
  COOKIE_KEYS: "cookieKeys",
  OAUTH_PROVIDER: "provider.preset",
  OAUTH_LABEL: "provider.label",
  CHOOSE_PROVIDER: "chooseProvider",
  THIRD_PARTY_LOGIN_RETURN_PATHS: "thirdPartyLogin.returnPaths",
  OIDC_ISSUER: "provider.issuer",
  OAUTH_CLIENT_ID: "provider.clientId",
  OAUTH_CLIENT_SECRET: "provider.clientSecret",
  OAUTH_CLIENT_KEYS: "provider.clientKeys",
  OAUTH_CLIENT_CERTIFICATE: "provider.clientCertificate",
  OAUTH_CLIENT_CERTIFICATE_KEY: "provider.clientCertificateKey",
  OAUTH_CLIENT_AUTH: "provider.clientAuth",
  OAUTH_SCOPE: "provider.scope",
  OAUTH_PROMPT: "provider.prompt",
  SECURITY_PROFILE: "security",
  OAUTH_SIGNED_REQUESTS: "provider.signedRequests",
  OAUTH_SIGNED_RESPONSES: "provider.signedResponses",
  OAUTH_AUTHORIZATION_DETAILS: "provider.authorizationDetails",
  OAUTH_DPOP: "provider.dpop",
  OAUTH_CERTIFICATE_BOUND_TOKENS: "provider.certificateBoundTokens",
  OAUTH_PUSHED_REQUESTS: "provider.pushedRequests",
  OAUTH_PUSHED_REQUESTS_ENDPOINT: "provider.endpoints.pushedRequests",
  OAUTH_AUTHORIZATION_ENDPOINT: "provider.endpoints.authorization",
  OAUTH_TOKEN_ENDPOINT: "provider.endpoints.token",
  OAUTH_JWKS_URI: "provider.endpoints.jwks",
  OAUTH_REFRESH_ENDPOINT: "provider.endpoints.refresh",
  OAUTH_USERINFO_ENDPOINT: "provider.endpoints.userinfo",
  OAUTH_EMAILS_ENDPOINT: "provider.endpoints.emails",
  OAUTH_INTROSPECTION_ENDPOINT: "provider.endpoints.introspection",
  OAUTH_TOKENINFO_ENDPOINT: "provider.endpoints.tokeninfo",
  OAUTH_REVOCATION_ENDPOINT: "provider.endpoints.revocation",
  OAUTH_END_SESSION_ENDPOINT: "provider.endpoints.endSession",
  OAUTH_END_SESSION_PARAMETERS: "provider.endSessionParameters",
  OAUTH_PROFILE_CLAIMS: "provider.profileClaims",
  OIDC_ALLOWED_TENANTS: "provider.allowedTenants",
  OAUTH_APPLE_TEAM_ID: "provider.apple.teamId",
  OAUTH_APPLE_KEY_ID: "provider.apple.keyId",
  OAUTH_PKCE: "provider.pkce",
  OAUTH_ACCESS_TOKEN_SECONDS: "provider.accessTokenSeconds",
  OAUTH_REUSE_GRACE_SECONDS: "provider.reuseGraceSeconds",
  OAUTH_AUTHORIZATION_PARAMETERS: "provider.authorizationParameters",
  OAUTH_LOGIN_PARAMETERS: "provider.loginParameters",
  OIDC_ID_TOKEN_ALGORITHMS: "provider.idTokenAlgorithms",
  OIDC_TRUSTED_AUDIENCES: "provider.trustedAudiences",
  OIDC_CLOCK_TOLERANCE_SECONDS: "provider.clockToleranceSeconds",
  OIDC_LOGOUT_TOKEN_STRICT: "provider.logoutTokenStrict",
  OIDC_USERINFO_AT_SIGN_IN: "provider.userinfoAtSignIn",
  PROVIDER_TIMEOUT_SECONDS: "provider.requestTimeoutMs",
  TOKEN_TIMEOUT_SECONDS: "provider.tokenTimeoutMs",
  UPSTREAM_CONNECT_TIMEOUT_SECONDS: "routes[].connectTimeoutMs",
  UPSTREAM_HEADERS_TIMEOUT_SECONDS: "routes[].headersTimeoutMs",
  UPSTREAM_IDLE_TIMEOUT_SECONDS: "routes[].idleTimeoutMs",
  SESSION_IDLE_SECONDS: "session.idleTimeoutSeconds",
  SESSION_ABSOLUTE_SECONDS: "session.absoluteTimeoutSeconds",
  SESSION_PERSISTENT: "session.persistent",
  SESSION_LIST: "session.isListed",
  REFRESH_WINDOW: "refresh.windowRefresh",
  UPSTREAM_MAX_CONCURRENT: "routes[].limits.maxConcurrent",
  UPSTREAM_MAX_QUEUED: "routes[].limits.maxQueued",
  UPSTREAM_QUEUE_SECONDS: "routes[].limits.queueTimeoutMs",
  UPSTREAM_CIRCUIT_FAILURES: "routes[].circuit.failures",
  UPSTREAM_CIRCUIT_WINDOW_SECONDS: "routes[].circuit.windowMs",
  UPSTREAM_CIRCUIT_RETRY_SECONDS: "routes[].circuit.retryMs",
  MAX_CALLS_PER_SESSION: "limits.callsPerSession",
  MAX_SOCKETS: "limits.sockets",
  MAX_SOCKETS_PER_SESSION: "limits.socketsPerSession",
  STALE_COOKIE_SECONDS: "refresh.staleCookieSeconds",
  ON_STALE_COOKIE: "refresh.onStaleCookie",
  LEDGER_DOWN: "refresh.ledgerDown",
  PAGE_PICTURE_HOSTS: "page.pictureHosts",
  PAGE_BLOBS: "page.blobs",
  PAGE_STYLE_NONCE: "page.styleNonce",
  PAGE_FEATURES: "page.features",
  HSTS: "page.hsts",
  USER_CLAIMS: "userClaims",
  TRUSTED_PROXIES: "trustedProxies",
  DANGEROUSLY_ALLOW_HTTP: "dangerouslyAllowHttp",
} as const satisfies Readonly<Record<string, SettingPath>>;

const PORT = { kind: "number", min: 1, max: 65_535 } as const;
const COUNT = { kind: "number", min: 1 } as const;
const PATH = { kind: "text", fix: "write a path" } as const;
const LOCAL_ADDRESS = { kind: "text", fix: "write an address", default: "127.0.0.1" } as const;

/** What the process needs beside the BFF; `ledgerFile` is the variable `LEDGER_FILE`, and so on. */
export const PROCESS_SETTINGS = {
  apiRoutes: {
    kind: "list",
    meaning: "Prefixes and their upstreams: /api/notes=https://notes.internal/v1,/api/files=...",
    fix: "write /api/name=https://host/path, comma separated",
    like: /^[^=\s]+=\S+$/u,
    isOptional: true,
  },
  apiRoutesFile: {
    ...PATH,
    isOptional: true,
    meaning: "JSON file with the API routes, where they need more than prefix and upstream",
  },
  port: { ...PORT, default: 3000, meaning: "Port to listen on" },
  host: { ...LOCAL_ADDRESS, meaning: "Address to listen on" },
  workers: {
    ...COUNT,
    max: 256,
    isOptional: true,
    meaning: "Processes that serve on this machine; not set: one a core",
  },
  instances: {
    ...COUNT,
    max: 10_000,
    isOptional: true,
    meaning:
      "Machines that run this application; more than one needs LEDGER_REDIS_URL or LEDGER_POSTGRES_URL",
  },
  ledgerFile: {
    ...PATH,
    default: ".data/ledger.sqlite",
    meaning: "SQLite file of the ledger, shared by the processes of one machine",
  },
  ledgerRedisUrl: {
    kind: "secret",
    fix: "write rediss://user:password@host:port, rediss+cluster://user:password@host:port,host:port or rediss+sentinel://user:password@host:port,host:port/name; redis without TLS",
    isOptional: true,
    meaning:
      "Redis that holds the ledger, for many machines: rediss://..., rediss+cluster://... or rediss+sentinel://...",
  },
  ledgerRedisCa: {
    kind: "secret",
    fix: "write certificates in PEM (BEGIN CERTIFICATE), and rediss in LEDGER_REDIS_URL",
    isOptional: true,
    meaning: "Certificate of the authority that vouches for Redis (PEM); not set: those that Node knows",
  },
  ledgerRedisCertificate: {
    kind: "secret",
    fix: "write a certificate in PEM, its key into LEDGER_REDIS_CERTIFICATE_KEY, and rediss in LEDGER_REDIS_URL",
    isOptional: true,
    meaning: "Certificate that is shown to Redis (PEM)",
  },
  ledgerRedisCertificateKey: {
    kind: "secret",
    fix: "write the private key of LEDGER_REDIS_CERTIFICATE in PEM, without a passphrase",
    isOptional: true,
    meaning: "Private key of that certificate (PEM)",
  },
  ledgerRedisWaitReplicas: {
    kind: "number",
    min: 0,
    max: 10,
    default: 0,
    meaning:
      "Replicas that must have a step of the ledger before it counts; 0: none, a failover may lose some",
  },
  ledgerRedisWaitMs: {
    ...COUNT,
    max: 4_000,
    default: 500,
    meaning: "How long a step waits for them, in milliseconds; then Redis counts as out of reach",
  },
  ledgerPostgresUrl: {
    kind: "secret",
    fix: "write postgres://user:password@host:port/database",
    isOptional: true,
    meaning: "PostgreSQL that holds the ledger, for many machines: postgres://...?sslmode=verify-full",
  },
  maxConnections: {
    ...COUNT,
    max: 1_000_000,
    default: 10_000,
    meaning: "Connections held at once; more are refused",
  },
  drainSeconds: {
    ...COUNT,
    max: 600,
    default: 35,
    meaning: "At shutdown, how long requests and token calls may take to finish",
  },
  drainNoticeSeconds: {
    kind: "number",
    min: 0,
    max: 120,
    default: 0,
    meaning: "At shutdown, how long /readyz says so before the port closes",
  },
  webRoot: { ...PATH, default: "apps/web/dist", meaning: "Folder of the built page" },
  metricsPort: {
    ...PORT,
    isOptional: true,
    meaning: "Port of GET /metrics (Prometheus), apart from the one that browsers reach; not set: none",
  },
  metricsHost: { ...LOCAL_ADDRESS, meaning: "Address of the metrics port" },
  telemetry: {
    kind: "choice",
    choices: ["none", "opentelemetry"],
    default: "none",
    meaning: "Where traces and metrics go besides: opentelemetry, to the SDK that the process has registered",
  },
  telemetryTraceOneIn: {
    kind: "number",
    min: 1,
    max: 1_000_000,
    default: 1,
    meaning: "Of so many traces that begin here, one is drawn: 100 for 1 %; 1: the SDK's own sampler decides",
  },
  telemetryContinueTraces: {
    kind: "flag",
    default: true,
    meaning:
      "Requests go on with the trace that they bring in traceparent, whatever TELEMETRY_TRACE_ONE_IN says; off where strangers shall not decide what is drawn",
  },
  logFormat: { kind: "choice", choices: ["json", "pretty"], default: "json", meaning: "How log lines look" },
} as const satisfies Group;

/** What the process reads from its environment: one entry a variable. */
export interface Variable {
  readonly name: string;
  readonly setting: Setting;
  /** In the schema that it belongs to. */
  readonly path: string;
  /** Whether that is the schema of the BFF; else it is the process's. */
  readonly isOfBff: boolean;
  /** What one of the variable's units is in the setting's: 1,000 where seconds stand for milliseconds. */
  readonly unit: number;
  /** It may also come from a file that `<NAME>_FILE` names, and is never printed. */
  readonly isSecret: boolean;
}

/** Every variable that `coatcheck serve` knows. Any other name that looks like one of ours is refused at start. */
export const VARIABLES: readonly Variable[] = [
  ...Object.entries(BFF_VARIABLES).map(([name, path]) =>
    toVariable(name, path, findSetting(BFF_SCHEMA, path), true),
  ),
  ...Object.entries(PROCESS_SETTINGS).map(([path, setting]) => {
    const name = path.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase();
    return toVariable(name, path, setting, false);
  }),
];

/** `OIDC_ISSUER__PARTNER` is the issuer of the further provider `partner`. */
const OF_PROVIDER = /^(.+?)__([A-Z][A-Z\d_]*)$/u;

/** Every variable that is known in an environment: those above, and all of each further provider that it names. */
export function variablesOf(environment: Readonly<Record<string, string | undefined>>): readonly Variable[] {
  const ofProvider = VARIABLES.filter(({ path }) => path.startsWith("provider."));
  const names = Object.keys(environment).flatMap((name) => {
    const [, base, suffix = ""] = OF_PROVIDER.exec(name) ?? [];
    const variable = ofProvider.find((known) => known.name === base);
    if (variable === undefined) return [];
    return [variable.isSecret ? suffix.replace(/_FILE$/u, "") : suffix];
  });
  return [
    ...VARIABLES,
    ...Array.from(new Set(names)).flatMap((suffix) =>
      ofProvider.map((variable) => toProviderVariable(variable, suffix)),
    ),
  ];
}

function toProviderVariable(variable: Variable, suffix: string): Variable {
  const name = suffix.toLowerCase().replaceAll("_", "-");
  const path = variable.path.replace("provider.", `providers.${name}.`);
  return { ...variable, name: `${variable.name}__${suffix}`, path };
}

function toVariable(name: string, path: string, setting: Setting, isOfBff: boolean): Variable {
  const unit = name.endsWith("_SECONDS") && path.endsWith("Ms") ? 1000 : 1;
  const isSecret = setting.kind === "secret" || setting.kind === "secrets";
  return { name, path, setting, isOfBff, unit, isSecret };
}
