import { isLoopbackHost } from "@coatcheck/contract";
import { ProxyError, type TargetProblem } from "./proxy-error.ts";
import { isForbiddenRequestHeader } from "./request/request-headers.ts";
import { parseTarget } from "./request/request-target.ts";
import { isForbiddenResponseHeader } from "./response/response-headers.ts";
import type { CircuitLimits } from "./upstream-circuit.ts";
import type { UpstreamLimits } from "./upstream-gate.ts";
import type { UpstreamCertificate } from "./upstream-send.ts";

/** Where one API route goes, as `createTarget` checked it. */
export interface Target extends TargetConfig {
  readonly origin: string;
  /** Of the upstream; empty, or without a slash at its end. */
  readonly basePath: string;
}

/** What is said of an API route. All of it comes from configuration; nothing of a request can change it (S-105). */
export interface TargetConfig {
  /** Path prefix on our origin, without a trailing slash: `/api/notes`. */
  readonly prefix: string;
  /** Absolute URL that replaces the prefix, without a trailing slash: `http://127.0.0.1:4100/v1`. */
  readonly upstream: string;
  /**
   * Danger: calls travel unencrypted, access token included, to a host other than loopback. Default `false`; to loopback
   * `http` is always allowed.
   */
  readonly dangerouslyAllowHttp?: boolean;
  /**
   * Paths with `%2F` and `%5C` pass, as they stand. Default `false`: some servers decode them before they look at the
   * path, so that `a%2Fb` is two segments there and one here.
   */
  readonly allowEncodedSlashes?: boolean;
  /** Extra response or request headers that this route lets through, lower case. */
  readonly extraRequestHeaders?: readonly string[];
  readonly extraResponseHeaders?: readonly string[];
  /** Shown to the upstream where it asks for one: for access tokens that are bound to it. @see RFC 8705 section 3 */
  readonly clientCertificate?: UpstreamCertificate;
  readonly maxBodyBytes: number;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Instead of `idleTimeoutMs` for the body of a `text/event-stream`; `none`: as long as the connection lives. */
  readonly eventStreamIdleTimeoutMs: number | "none";
  /** Default: 512 calls at once, and none that waits. The same for all targets of one origin. */
  readonly limits?: UpstreamLimits;
  /** Default: none, so that every call is tried. The same for all targets of one origin. */
  readonly circuit?: CircuitLimits;
  /** Of one message on a WebSocket, in either direction. Default: as large as a body. */
  readonly maxMessageBytes?: number;
}

/** Where one call goes: the raw path is sent as it stands, and no part of the request has a say in the origin. */
export interface Destination {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

const PLAIN_PATH = /^(?:\/[A-Za-z0-9\-._~]+)+$/u;

/**
 * Checks what a route lets through and where it goes. That its limits are numbers within bounds is up to who configures.
 *
 * @throws {ProxyError} `config_invalid` with all problems at once.
 */
export function createTarget(target: TargetConfig): Target {
  const problems = [
    ...checkPrefix(target),
    ...checkUpstream(target),
    ...checkNames("extraRequestHeaders", target.extraRequestHeaders ?? [], isForbiddenRequestHeader),
    ...checkNames("extraResponseHeaders", target.extraResponseHeaders ?? [], isForbiddenResponseHeader),
  ];
  if (problems.length > 0) {
    const text = problems.map(({ field, fix }) => `${field}: ${fix}`).join("; ");
    throw new ProxyError("config_invalid", `the API route can't be used: ${text}`, problems);
  }
  const { origin, pathname } = new URL(target.upstream);
  return Object.freeze({ ...target, origin, basePath: pathname === "/" ? "" : pathname });
}

/** Replaces the prefix of a path by the upstream's base path. */
export function findDestination({ origin, basePath }: Target, rest: string, query: string): Destination {
  return { origin, path: (basePath + rest || "/") + query };
}

type Problems = readonly TargetProblem[];

function checkPrefix({ prefix }: TargetConfig): Problems {
  if (PLAIN_PATH.test(prefix) && parseTarget(prefix).kind === "parsed") return [];
  return [{ field: "prefix", fix: "write a plain path without a slash at the end, such as /api/notes" }];
}

function checkUpstream({ upstream, dangerouslyAllowHttp }: TargetConfig): Problems {
  const refuse = (fix: string): Problems => [{ field: "upstream", fix }];
  const url = URL.parse(upstream);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return refuse("write an absolute http or https URL");
  }
  const path = url.pathname === "/" ? "" : url.pathname;
  if (upstream !== url.origin + path || (path !== "" && !PLAIN_PATH.test(path))) {
    return refuse(
      "write an origin and a plain path, without credentials, query, fragment and slash at the end",
    );
  }
  if (url.protocol === "https:" || isLoopbackHost(url.hostname) || dangerouslyAllowHttp === true) return [];
  return refuse(
    "use https; http is for loopback only (`dangerouslyAllowHttp: true` on this route sends its calls unencrypted)",
  );
}

function checkNames(
  field: string,
  names: readonly string[],
  isForbidden: (name: string) => boolean,
): Problems {
  return names.filter(isForbidden).map((name) => ({
    field,
    fix: `remove ${JSON.stringify(name)}: it can't be let through (names are written in lower case)`,
  }));
}
