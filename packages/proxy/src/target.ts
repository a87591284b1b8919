import type { Target } from "./forward.ts";
import { ProxyError } from "./proxy-error.ts";
import { isForbiddenRequestHeader } from "./request-headers.ts";
import { matchPath, parseTarget } from "./request-target.ts";
import { isForbiddenResponseHeader } from "./response-headers.ts";

/** The limits and deadlines of a route that names none. */
const DEFAULTS = {
  maxBodyBytes: 32 * 1024 * 1024,
  connectTimeoutMs: 5000,
  headersTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
} as const;

/** A route as configured: `prefix` and `upstream`, the rest has defaults (32 MiB; connect 5 s, headers 30 s, idle 60 s). */
export type TargetConfig = Pick<Target, "prefix" | "upstream"> & Partial<Target>;

const PLAIN_PATH = /^(?:\/[A-Za-z0-9\-._~]+)+$/u;

const checkUpstream = (upstream: string): readonly string[] => {
  const url = URL.parse(upstream);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return ["upstream: must be an absolute http or https URL"];
  }
  const path = url.pathname === "/" ? "" : url.pathname;
  return upstream === url.origin + path && (path === "" || PLAIN_PATH.test(path))
    ? []
    : [
        "upstream: must be an origin and a plain path, without credentials, query, fragment and slash at the end",
      ];
};

const checkNames = (
  label: string,
  names: readonly string[],
  isForbidden: (name: string) => boolean,
): readonly string[] =>
  names
    .filter(isForbidden)
    .map((name) => `${label}: ${JSON.stringify(name)} can't be let through: remove it (names in lower case)`);

/**
 * Checks a route and fills in its defaults.
 *
 * @throws {ProxyError} `config_invalid` with all problems at once.
 */
export const createTarget = (config: TargetConfig): Target => {
  const target = { ...DEFAULTS, ...config };
  const limits = (["maxBodyBytes", "connectTimeoutMs", "headersTimeoutMs", "idleTimeoutMs"] as const).filter(
    (name) => !Number.isSafeInteger(target[name]) || target[name] < (name === "maxBodyBytes" ? 0 : 1),
  );
  const isPrefix = PLAIN_PATH.test(target.prefix) && parseTarget(target.prefix) !== undefined;
  const problems = [
    ...(isPrefix ? [] : ["prefix: must be a plain path without a slash at the end, such as /api/notes"]),
    ...checkUpstream(target.upstream),
    ...limits.map((name) => `${name}: must be a whole number above 0`),
    ...checkNames("extraRequestHeaders", target.extraRequestHeaders ?? [], isForbiddenRequestHeader),
    ...checkNames("extraResponseHeaders", target.extraResponseHeaders ?? [], isForbiddenResponseHeader),
  ];
  if (problems.length > 0) {
    throw new ProxyError("config_invalid", `the API route can't be used: ${problems.join("; ")}`, problems);
  }
  return Object.freeze(target);
};

/** Where one call goes: the raw path is sent as it stands, and no part of the request has a say in the origin. */
export interface Destination {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

/** Replaces the prefix of a path by the upstream's base path. */
export const findDestination = (target: Target, rest: string, query: string): Destination => {
  const { origin, pathname } = new URL(target.upstream);
  const base = pathname === "/" ? "" : pathname;
  return { origin, path: (base + rest || "/") + query };
};

/**
 * Maps the place that an upstream names to our origin: `undefined` if it isn't under the route's base.
 *
 * @see RFC 9110 section 10.2.2
 */
export const mapLocation = (
  target: Target,
  destination: Destination,
  location: string,
): string | undefined => {
  const base = new URL(target.upstream);
  const url = URL.parse(location, destination.origin + destination.path);
  if (url === null || url.origin !== base.origin || url.username !== "" || url.password !== "")
    return undefined;
  const rest = matchPath(url.pathname, base.pathname === "/" ? "" : base.pathname);
  const mapped =
    rest === undefined
      ? undefined
      : target.prefix + (rest === "/" && base.pathname === "/" ? "" : rest) + url.search;
  return mapped === undefined || parseTarget(mapped) === undefined ? undefined : mapped + url.hash;
};
