/** What the process reads from its environment: one entry a variable. */
export interface Variable {
  readonly meaning: string;
  /** The value where the variable isn't set; absent: none, or required. */
  readonly default?: string;
  /** May also come from a file that `<NAME>_FILE` names; never printed. */
  readonly isSecret?: true;
}

/** Every variable that `pnpm serve` knows. Any other name that looks like one of ours is refused at start. */
export const VARIABLES = {
  PUBLIC_ORIGIN: { meaning: "Origin that browsers see, for example https://app.example.com" },
  PORT: { meaning: "Port to listen on", default: "3000" },
  HOST: { meaning: "Address to listen on", default: "127.0.0.1" },
  COOKIE_KEYS: {
    meaning: "Keys that seal cookies, comma separated; the first seals, all open",
    isSecret: true,
  },

  OAUTH_PROVIDER: { meaning: "Preset of the provider: oidc or google", default: "oidc" },
  OIDC_ISSUER: { meaning: "Issuer of the provider, exactly as its metadata says it" },
  OAUTH_CLIENT_ID: { meaning: "Client id that the provider gave to this application" },
  OAUTH_CLIENT_SECRET: {
    meaning: "Client secret that the provider gave to this application",
    isSecret: true,
  },
  OAUTH_CLIENT_AUTH: {
    meaning: "How the secret is sent: client_secret_basic or client_secret_post; not set: as the preset does",
  },
  OAUTH_SCOPE: { meaning: "Scopes to ask for, space separated", default: "openid profile email" },
  OAUTH_AUTHORIZATION_ENDPOINT: { meaning: "For providers without discovery: where people sign in" },
  OAUTH_TOKEN_ENDPOINT: { meaning: "For providers without discovery: where codes become tokens" },
  OAUTH_JWKS_URI: { meaning: "For providers without discovery: the keys that sign ID tokens" },
  OAUTH_REFRESH_ENDPOINT: { meaning: "Where tokens are refreshed, if not at the token endpoint" },
  OAUTH_USERINFO_ENDPOINT: { meaning: "For providers without discovery: the person's claims" },
  OAUTH_INTROSPECTION_ENDPOINT: { meaning: "For providers without discovery: facts about a token" },
  OAUTH_TOKENINFO_ENDPOINT: { meaning: "Google's way to ask for facts about a token; the preset knows it" },
  OAUTH_REVOCATION_ENDPOINT: { meaning: "For providers without discovery: where a token is revoked" },
  OAUTH_END_SESSION_ENDPOINT: { meaning: "For providers without discovery: signing out at the provider" },

  API_ROUTES: {
    meaning: "Prefixes and their upstreams: /api/notes=https://notes.internal/v1,/api/files=...",
  },
  API_ROUTES_FILE: {
    meaning: "JSON file with the API routes, where they need more than prefix and upstream",
  },

  LEDGER_FILE: {
    meaning: "SQLite file of the ledger, shared by the processes of one machine",
    default: ".data/ledger.sqlite",
  },
  LEDGER_REDIS_URL: {
    meaning: "Redis that holds the ledger, for many machines: rediss://...",
    isSecret: true,
  },
  LEDGER_DOWN: {
    meaning:
      "At real expiry with the ledger unreachable: refuse (503), or refresh-locally (unsafe with rotation)",
    default: "refuse",
  },
  WORKERS: { meaning: "Processes that serve on this machine; not set: one a core" },
  INSTANCES: { meaning: "Machines that run this application; more than one needs LEDGER_REDIS_URL" },

  SESSION_IDLE_SECONDS: { meaning: "A session ends after this long without activity", default: "1800" },
  SESSION_ABSOLUTE_SECONDS: {
    meaning: "A session ends this long after sign-in, whatever happens",
    default: "43200",
  },
  SESSION_PERSISTENT: {
    meaning: "The session survives a restart of the browser: true or false",
    default: "true",
  },
  USER_CLAIMS: {
    meaning:
      "Claims of the ID token that the page may see, comma separated; not set: name, email and the like",
  },
  REFRESH_WINDOW: {
    meaning: "Tokens are refreshed ahead of need, beside a call: true or false",
    default: "true",
  },
  STALE_COOKIE_SECONDS: {
    meaning: "How long a spent and settled generation is still healed",
    default: "600",
  },
  ON_STALE_COOKIE: {
    meaning: "A cookie beyond healing: refuse the call, or end the session",
    default: "refuse",
  },

  PROVIDER_TIMEOUT_SECONDS: { meaning: "Deadline of a call to the provider", default: "5" },
  TOKEN_TIMEOUT_SECONDS: { meaning: "Deadline of a token call", default: "30" },
  UPSTREAM_CONNECT_TIMEOUT_SECONDS: { meaning: "Deadline to connect to an API", default: "5" },
  UPSTREAM_HEADERS_TIMEOUT_SECONDS: { meaning: "Deadline for an API's first byte", default: "30" },
  UPSTREAM_IDLE_TIMEOUT_SECONDS: { meaning: "Longest silence within an API's answer", default: "60" },
  DRAIN_SECONDS: {
    meaning: "At shutdown, how long requests and token calls may take to finish",
    default: "35",
  },
  DRAIN_NOTICE_SECONDS: {
    meaning: "At shutdown, how long /readyz says so before the port closes",
    default: "0",
  },

  TRUSTED_PROXIES: {
    meaning: "Addresses or networks of proxies whose forwarding headers are believed, comma separated",
  },
  MAX_CONNECTIONS: { meaning: "Connections held at once; more are refused", default: "10000" },
  DANGEROUSLY_ALLOW_HTTP: { meaning: "loopback: allow http for addresses of this machine; for development" },
  WEB_ROOT: { meaning: "Folder of the built page", default: "apps/web/dist" },
  METRICS_PORT: {
    meaning: "Port of GET /metrics (Prometheus), apart from the one that browsers reach; not set: none",
  },
  METRICS_HOST: { meaning: "Address of the metrics port", default: "127.0.0.1" },
  LOG_FORMAT: { meaning: "Log lines: json or pretty", default: "json" },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly VariableName[];
export type SecretName = {
  [Name in VariableName]: (typeof VARIABLES)[Name] extends { isSecret: true } ? Name : never;
}[VariableName];

/** Table lookup by the wide type. */
export function variableOf(name: VariableName): Variable {
  return VARIABLES[name];
}
