import { checkCookieKeys } from "@coatcheck/bff";
import { isLoopbackHost } from "@coatcheck/contract";
import { parseApiRouteFile, parseApiRouteList, type ApiRouteSetting } from "./api-routes.ts";
import { checkUrl } from "./checked-url.ts";
import {
  createEnvironmentReader,
  type EnvironmentProblem,
  type EnvironmentReader,
  type EnvironmentRecord,
} from "./environment-reader.ts";
import { readProvider, type ProviderSettings } from "./provider-settings.ts";
import { Secret } from "./secret.ts";
import { parseTrustedProxies } from "./trusted-proxies.ts";
import { findUnknownVariables } from "./unknown-variables.ts";

/** Everything that the process was told, checked. Secrets are wrapped; the whole is frozen. */
export interface Settings {
  readonly publicOrigin: string;
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** Processes on this machine, all with the same port and ledger. */
  readonly workers: number;
  readonly cookieKeys: readonly Secret[];
  readonly provider: ProviderSettings;
  readonly apiRoutes: readonly ApiRouteSetting[];
  readonly ledger:
    | { readonly kind: "sqlite"; readonly file: string }
    | { readonly kind: "redis"; readonly url: Secret };
  readonly ledgerDown: "refuse" | "refresh-locally";
  readonly session: {
    readonly idleSeconds: number;
    readonly absoluteSeconds: number;
    readonly isPersistent: boolean;
  };
  readonly refresh: {
    readonly hasWindow: boolean;
    readonly staleCookieSeconds: number;
    readonly onStaleCookie: "refuse" | "end";
  };
  readonly timeouts: {
    readonly providerSeconds: number;
    readonly tokenSeconds: number;
    readonly upstreamConnectSeconds: number;
    readonly upstreamHeadersSeconds: number;
    readonly upstreamIdleSeconds: number;
    readonly drainSeconds: number;
    readonly drainNoticeSeconds: number;
  };
  /** Absent: no metrics port. */
  readonly metrics?: { readonly port: number; readonly host: string };
  /** Absent: the BFF's own list. */
  readonly userClaims?: readonly string[];
  readonly trustedProxies: readonly string[];
  /** `DANGEROUSLY_ALLOW_HTTP=loopback`. */
  readonly dangerouslyAllowHttp: boolean;
  readonly webRoot: string;
  readonly logFormat: "json" | "pretty";
}

export type ParsedEnvironment =
  | { readonly kind: "ok"; readonly settings: Settings }
  | { readonly kind: "invalid"; readonly problems: readonly EnvironmentProblem[] };

/**
 * Turns an environment into settings, or into the list of *all* its problems, each with its fix.
 *
 * @param readTextFile reads the files that `*_FILE` variables name; throws where it can't.
 * @param cores how many workers there are unless WORKERS says so.
 */
export function parseEnvironment(
  environment: EnvironmentRecord,
  readTextFile: (path: string) => string,
  cores = 1,
): ParsedEnvironment {
  const read = createEnvironmentReader(environment, readTextFile);
  const dangerouslyAllowHttp = read.choice("DANGEROUSLY_ALLOW_HTTP", ["loopback"]) === "loopback";
  const host = read.text("HOST") ?? "127.0.0.1";
  const settings: Settings = {
    publicOrigin: readPublicOrigin(read, { dangerouslyAllowHttp, host }),
    host,
    port: read.integer("PORT", { min: 1, max: 65_535 }),
    maxConnections: read.integer("MAX_CONNECTIONS", { min: 1, max: 1_000_000 }),
    workers: read.isSet("WORKERS") ? read.integer("WORKERS", { min: 1, max: 256 }) : cores,
    cookieKeys: readCookieKeys(read),
    provider: readProvider(read, { allowHttpLoopback: dangerouslyAllowHttp }),
    apiRoutes: readApiRoutes(read, environment, readTextFile, { allowHttpLoopback: dangerouslyAllowHttp }),
    ledger: readLedger(read),
    ledgerDown: read.choice("LEDGER_DOWN", ["refuse", "refresh-locally"]) ?? "refuse",
    session: readSession(read),
    refresh: {
      hasWindow: read.choice("REFRESH_WINDOW", ["true", "false"]) !== "false",
      staleCookieSeconds: read.integer("STALE_COOKIE_SECONDS", { min: 60, max: 86_400 }),
      onStaleCookie: read.choice("ON_STALE_COOKIE", ["refuse", "end"]) ?? "refuse",
    },
    timeouts: {
      providerSeconds: read.integer("PROVIDER_TIMEOUT_SECONDS", { min: 1, max: 60 }),
      tokenSeconds: read.integer("TOKEN_TIMEOUT_SECONDS", { min: 1, max: 120 }),
      upstreamConnectSeconds: read.integer("UPSTREAM_CONNECT_TIMEOUT_SECONDS", { min: 1, max: 60 }),
      upstreamHeadersSeconds: read.integer("UPSTREAM_HEADERS_TIMEOUT_SECONDS", { min: 1, max: 600 }),
      upstreamIdleSeconds: read.integer("UPSTREAM_IDLE_TIMEOUT_SECONDS", { min: 1, max: 3600 }),
      drainSeconds: read.integer("DRAIN_SECONDS", { min: 1, max: 600 }),
      drainNoticeSeconds: read.integer("DRAIN_NOTICE_SECONDS", { min: 0, max: 120 }),
    },
    ...readMetrics(read),
    ...readUserClaims(read),
    trustedProxies: readTrustedProxies(read),
    dangerouslyAllowHttp,
    webRoot: read.text("WEB_ROOT") ?? "",
    logFormat: read.choice("LOG_FORMAT", ["json", "pretty"]) ?? "json",
  };
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    read.report(
      "NODE_TLS_REJECT_UNAUTHORIZED",
      "switches certificate checks off",
      "Remove it; use NODE_EXTRA_CA_CERTS for your own authority.",
    );
  }
  if (settings.timeouts.drainSeconds <= settings.timeouts.tokenSeconds) {
    read.report(
      "DRAIN_SECONDS",
      "is shorter than a token call may take",
      "Make it longer than TOKEN_TIMEOUT_SECONDS.",
    );
  }
  const problems = [...read.problems, ...findUnknownVariables(environment)];
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "ok", settings: deepFreeze(settings) };
}

function readPublicOrigin(
  read: EnvironmentReader,
  { dangerouslyAllowHttp, host }: { readonly dangerouslyAllowHttp: boolean; readonly host: string },
): string {
  const raw = read.required("PUBLIC_ORIGIN");
  if (raw === undefined) return "";
  const checked = checkUrl(raw, { allowHttpLoopback: dangerouslyAllowHttp });
  if (checked.kind === "flawed") {
    read.report("PUBLIC_ORIGIN", checked.problem, checked.fix);
  } else if (checked.url.origin !== raw) {
    read.report(
      "PUBLIC_ORIGIN",
      "is more than an origin, or isn't written as browsers do",
      `Write ${checked.url.origin}.`,
    );
  } else if (dangerouslyAllowHttp && !isLoopbackHost(checked.url.hostname)) {
    read.report("DANGEROUSLY_ALLOW_HTTP", "is set though PUBLIC_ORIGIN isn't on this machine", "Remove it.");
  } else if (checked.url.protocol === "http:" && !isLoopbackHost(host)) {
    read.report(
      "HOST",
      "opens a plain http server to other machines",
      "Write 127.0.0.1, or use an https PUBLIC_ORIGIN.",
    );
  }
  return raw;
}

function readCookieKeys(read: EnvironmentReader): readonly Secret[] {
  const listed = read.secret("COOKIE_KEYS");
  if (listed === undefined) {
    if (!read.problems.some(({ variable }) => variable.startsWith("COOKIE_KEYS"))) {
      read.report("COOKIE_KEYS", "is not set", "Run `pnpm keygen` and keep what it prints as a secret.");
    }
    return [];
  }
  const keys = listed
    .reveal()
    .split(",")
    .map((key) => key.trim());
  for (const { number, kind, flaw } of checkCookieKeys(keys)) {
    read.report(
      "COOKIE_KEYS",
      `key ${number} of ${keys.length} ${flaw}`,
      kind === "weak" ? "Run `pnpm keygen` for a good one." : "Remove one of them.",
    );
  }
  return keys.map((key) => new Secret(key));
}

function readApiRoutes(
  read: EnvironmentReader,
  environment: EnvironmentRecord,
  readTextFile: (path: string) => string,
  options: { readonly allowHttpLoopback: boolean },
): readonly ApiRouteSetting[] {
  const path = read.text("API_ROUTES_FILE");
  const list = read.text("API_ROUTES");
  if (path !== undefined && list !== undefined) {
    read.report("API_ROUTES", "is set beside API_ROUTES_FILE", "Keep one of them.");
    return [];
  }
  if (path === undefined && list === undefined) return [];
  const variable = path === undefined ? "API_ROUTES" : "API_ROUTES_FILE";
  let text = list ?? "";
  if (path !== undefined) {
    try {
      text = readTextFile(path);
    } catch {
      read.report(variable, "names a file that can't be read", "Check the path and its permissions.");
      return [];
    }
  }
  const parsed = path === undefined ? parseApiRouteList(text, options) : parseApiRouteFile(text, options);
  for (const { problem, fix } of parsed.flaws) read.report(variable, problem, fix);
  return parsed.routes;
}

function readLedger(read: EnvironmentReader): Settings["ledger"] {
  const url = read.secret("LEDGER_REDIS_URL");
  const instances = read.isSet("INSTANCES") ? read.integer("INSTANCES", { min: 1, max: 10_000 }) : undefined;
  if (url === undefined) {
    if (instances === undefined) {
      read.report(
        "INSTANCES",
        "is not set",
        "Write 1 if one machine runs this application; more need LEDGER_REDIS_URL.",
      );
    } else if (instances > 1) {
      read.report(
        "LEDGER_REDIS_URL",
        "is not set",
        "Several machines need a shared ledger, or refresh tokens are spent twice.",
      );
    }
    return { kind: "sqlite", file: read.text("LEDGER_FILE") ?? "" };
  }
  if (read.isSet("LEDGER_FILE")) {
    read.report("LEDGER_FILE", "is set beside LEDGER_REDIS_URL", "Keep one of them.");
  }
  const parsed = URL.parse(url.reveal());
  if (parsed === null || !["redis:", "rediss:"].includes(parsed.protocol)) {
    read.report(
      "LEDGER_REDIS_URL",
      "isn't a Redis URL",
      "Write rediss://user:password@host:port or redis://...",
    );
  }
  return { kind: "redis", url };
}

function readSession(read: EnvironmentReader): Settings["session"] {
  const session = {
    idleSeconds: read.integer("SESSION_IDLE_SECONDS", { min: 60, max: 31_536_000 }),
    absoluteSeconds: read.integer("SESSION_ABSOLUTE_SECONDS", { min: 60, max: 31_536_000 }),
    isPersistent: read.choice("SESSION_PERSISTENT", ["true", "false"]) !== "false",
  };
  if (session.idleSeconds > session.absoluteSeconds) {
    read.report(
      "SESSION_IDLE_SECONDS",
      "is longer than the session may live",
      "Make it at most SESSION_ABSOLUTE_SECONDS.",
    );
  }
  return session;
}

function readMetrics(read: EnvironmentReader): Pick<Settings, "metrics"> {
  const host = read.text("METRICS_HOST") ?? "127.0.0.1";
  if (!read.isSet("METRICS_PORT")) return {};
  const port = read.integer("METRICS_PORT", { min: 1, max: 65_535 });
  const appPort = read.text("PORT");
  if (String(port) === appPort)
    read.report("METRICS_PORT", "is the port that browsers reach", "Choose another port.");
  return { metrics: { port, host } };
}

function readUserClaims(read: EnvironmentReader): { readonly userClaims?: readonly string[] } {
  const raw = read.text("USER_CLAIMS");
  if (raw === undefined) return {};
  const claims = raw.split(",").map((claim) => claim.trim());
  if (claims.includes(""))
    read.report("USER_CLAIMS", "has an empty entry", "Write names with one comma between them.");
  return { userClaims: claims };
}

function readTrustedProxies(read: EnvironmentReader): readonly string[] {
  const raw = read.text("TRUSTED_PROXIES");
  if (raw === undefined) return [];
  const { proxies, flawed } = parseTrustedProxies(raw);
  if (flawed.length > 0) {
    read.report(
      "TRUSTED_PROXIES",
      "has entries that are no addresses",
      "Write addresses or networks: 10.0.0.7,10.1.0.0/16.",
    );
  }
  return proxies;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !(value instanceof Secret)) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
