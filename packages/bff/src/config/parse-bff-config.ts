import { BFF_PATHS, isLoopbackHost } from "@coatcheck/contract";
import type { ProviderConfig } from "@coatcheck/oauth";
import type { CookieNaming } from "@coatcheck/session";
import type { ConfigProblem } from "../bff-error.ts";
import { parseIpRange } from "../request/ip-address.ts";
import type { IpRange } from "../request/ip-address.ts";
import type { BffConfig } from "./bff-config.ts";
import type { ApiRouteSettings, BffSettings } from "./bff-settings.ts";
import { checkKeys, checkWholeNumber } from "./checks.ts";
import {
  DEFAULT_ABSOLUTE_TIMEOUT_SECONDS,
  DEFAULT_IDLE_TIMEOUT_SECONDS,
  DEFAULT_STALE_COOKIE_SECONDS,
  DEFAULT_USER_CLAIMS,
} from "./defaults.ts";
import { parseApiRoute } from "./parse-api-route.ts";

/** All that is wrong (nothing: it is fine), and the configuration with its defaults. */
export interface ParsedBffConfig {
  readonly problems: readonly ConfigProblem[];
  /** With problems: as far as it could be read, so that the packages that check the rest can report theirs, too. */
  readonly settings: BffSettings;
}

const KEYS = [
  "publicOrigin",
  "cookieKeys",
  "provider",
  "routes",
  "session",
  "refresh",
  "userClaims",
  "trustedProxies",
  "dangerouslyAllowHttp",
];
const PROVIDER_KEYS = [
  "preset",
  "issuer",
  "clientId",
  "clientSecret",
  "clientAuth",
  "scope",
  "endpoints",
  "discovery",
  "requestTimeoutMs",
  "tokenTimeoutMs",
  "clockToleranceSeconds",
  "idTokenAlgorithms",
  "trustedAudiences",
  "logoutTokenStrict",
  "prompt",
  "endSessionParameters",
  "userinfoAtSignIn",
  "extraResources",
];
const MAX_SECONDS = 400 * 24 * 60 * 60;
/** Stands in for an origin that can't be read. */
const NO_ORIGIN = new URL("https://public-origin.invalid");

/** Checks a configuration; pure, and reports all problems at once. Lifetimes, keys and provider are checked where they are used. */
export function parseBffConfig(config: BffConfig): ParsedBffConfig {
  const problems: ConfigProblem[] = [];
  const add = (path: string, fix: string) => void problems.push({ path, fix });
  const session = config.session ?? {};
  const refresh = config.refresh ?? {};
  const allowsHttp = config.dangerouslyAllowHttp === "loopback";

  problems.push(
    ...checkKeys(config, "", KEYS),
    ...checkKeys(config.provider, "provider", PROVIDER_KEYS),
    ...checkKeys(session.openedCookies ?? {}, "session.openedCookies", ["maxEntries", "maxAgeSeconds"]),
    ...checkKeys(session, "session", [
      "idleTimeoutSeconds",
      "absoluteTimeoutSeconds",
      "persistence",
      "openedCookies",
    ]),
    ...checkKeys(refresh, "refresh", ["window", "staleCookieSeconds", "onStaleCookie", "ledgerDown"]),
  );
  if (config.dangerouslyAllowHttp !== undefined && !allowsHttp)
    add("dangerouslyAllowHttp", 'use "loopback", or leave it out');

  const parsedOrigin = parseOrigin(config.publicOrigin, allowsHttp, add);
  const origin = parsedOrigin ?? NO_ORIGIN;
  if (allowsHttp && parsedOrigin !== undefined && !isLoopbackHost(parsedOrigin.hostname)) {
    add("dangerouslyAllowHttp", "remove it: publicOrigin isn't on loopback");
  }
  const staleCookieSeconds = refresh.staleCookieSeconds ?? DEFAULT_STALE_COOKIE_SECONDS;
  problems.push(...checkWholeNumber(staleCookieSeconds, "refresh.staleCookieSeconds", 60, MAX_SECONDS));
  checkOneOf(session.persistence, ["persistent", "browser"], "session.persistence", add);
  checkOneOf(refresh.onStaleCookie, ["refuse", "end"], "refresh.onStaleCookie", add);
  checkOneOf(refresh.ledgerDown, ["refuse", "refresh-locally"], "refresh.ledgerDown", add);
  const userClaims = config.userClaims ?? DEFAULT_USER_CLAIMS;
  if (!userClaims.every((claim) => typeof claim === "string" && claim !== ""))
    add("userClaims", "list names of claims");

  const trustedProxies = parseProxies(config.trustedProxies ?? [], add);
  const routes = parseRoutes(config, problems, add);
  const settings: BffSettings = {
    publicOrigin: origin.origin,
    cookieKeys: config.cookieKeys,
    cookieNaming: cookieNaming(origin),
    provider: providerConfig(config, origin.origin, routes, allowsHttp),
    routes,
    idleTimeoutSeconds: session.idleTimeoutSeconds ?? DEFAULT_IDLE_TIMEOUT_SECONDS,
    absoluteTimeoutSeconds: session.absoluteTimeoutSeconds ?? DEFAULT_ABSOLUTE_TIMEOUT_SECONDS,
    isPersistent: session.persistence !== "browser",
    openedCookies: session.openedCookies ?? {},
    refreshWindow: refresh.window ?? true,
    staleCookieSeconds,
    onStaleCookie: refresh.onStaleCookie ?? "refuse",
    ledgerDown: refresh.ledgerDown ?? "refuse",
    userClaims: [...userClaims],
    trustedProxies,
  };
  return { problems, settings: Object.freeze(settings) };
}

type Add = (path: string, fix: string) => void;

function parseOrigin(raw: unknown, allowsHttp: boolean, add: Add): URL | undefined {
  const url = typeof raw === "string" ? URL.parse(raw) : null;
  if (url === null || url.origin !== raw) {
    add("publicOrigin", "write scheme, host and, if needed, port, and nothing else: https://app.example");
    return undefined;
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && allowsHttp && isLoopbackHost(url.hostname)))
    return url;
  add("publicOrigin", 'use https (http on loopback with dangerouslyAllowHttp: "loopback")');
  return undefined;
}

function parseRoutes(config: BffConfig, problems: ConfigProblem[], add: Add): readonly ApiRouteSettings[] {
  if (!Array.isArray(config.routes)) {
    add("routes", "give a list, [] for none");
    return [];
  }
  const prefixes = config.routes.map((route) => route.prefix);
  return config.routes.flatMap((route, index) => {
    if (prefixes.indexOf(route.prefix) !== index) add(`routes[${index}].prefix`, "name each prefix once");
    const parsed = parseApiRoute(route, `routes[${index}]`, problems);
    return parsed === undefined ? [] : [parsed];
  });
}

function parseProxies(proxies: readonly string[], add: Add): readonly IpRange[] {
  return proxies.flatMap((proxy, index) => {
    const range = parseIpRange(proxy);
    if (range !== undefined) return [range];
    add(`trustedProxies[${index}]`, "write an address or a range: 10.0.0.0/8, fd00::/8");
    return [];
  });
}

function checkOneOf(value: string | undefined, allowed: readonly string[], path: string, add: Add): void {
  if (value !== undefined && !allowed.includes(value)) add(path, `use one of ${allowed.join(", ")}`);
}

function cookieNaming(origin: URL): CookieNaming {
  if (origin.protocol === "http:") return { kind: "loopback", port: Number(origin.port || "80") };
  return origin.port === "" ? { kind: "host" } : { kind: "host", port: Number(origin.port) };
}

function providerConfig(
  config: BffConfig,
  origin: string,
  routes: readonly ApiRouteSettings[],
  allowsHttp: boolean,
): ProviderConfig {
  const { extraResources = [], ...provider } = config.provider;
  const resources = new Set([...routes.map((route) => route.resource), ...extraResources]);
  resources.delete("");
  return {
    ...provider,
    resources: [...resources],
    redirectUri: origin + BFF_PATHS.callback,
    postLogoutRedirectUri: `${origin}/`,
    ...(allowsHttp ? { dangerouslyAllowHttp: "loopback" } : {}),
  };
}
