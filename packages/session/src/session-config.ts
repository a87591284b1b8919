import type { Bytes } from "./base64url.ts";
import type { SessionEnvelope } from "./browser-sessions.ts";
import { parseCookieKeys } from "./cookie-keys.ts";
import type { CookieNaming } from "./cookie-names.ts";
import { SessionError } from "./session-error.ts";

/** Bounds of what is remembered of opened session cookies. Deadlines are judged at every request all the same. */
export interface OpenedCookiesConfig {
  /** Default 1,000; 0 remembers none. */
  readonly maxEntries?: number;
  /** Default 60. */
  readonly maxAgeSeconds?: number;
}

/** What `createBrowserSessions` is told. */
export interface SessionConfig<Value extends SessionEnvelope, Transaction> {
  /** Each 32 or more random bytes as base64url. The first seals, all open. */
  readonly keys: readonly string[];
  readonly naming: CookieNaming;
  /**
   * Whose cookies these are, beside the keys; default `""`. A cookie of another one counts as sealed with an unknown key.
   *
   * Without this, keys that serve two deployments, or a deployment that changes its provider, open each other's cookies,
   * and one provider's tokens are sent to the other.
   */
  readonly boundTo?: string;
  /** Default 1,800. */
  readonly idleTimeoutSeconds?: number;
  /** Default 43,200. */
  readonly absoluteTimeoutSeconds?: number;
  /** Default `true`: the cookie outlives the browser's closing, up to the absolute deadline. The deadlines inside hold either way. */
  readonly isPersistent?: boolean;
  /** Of the session cookie; default `Strict`. `Lax` sends it with links from other sites, too. */
  readonly sameSite?: "Strict" | "Lax";
  /** For how long a process remembers what a cookie held, so that the calls of one page open its seal once. */
  readonly openedCookies?: OpenedCookiesConfig;
  /** Reads a value that comes out of a seal; `undefined`: not one. What it returns is frozen, and several requests may get it. */
  readonly parseValue: (json: unknown) => Value | undefined;
  readonly parseTransaction: (json: unknown) => Transaction | undefined;
}

/** The configuration with its defaults, checked. */
export interface ParsedSessionConfig {
  readonly keys: readonly Bytes[];
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  readonly isPersistent: boolean;
  readonly sameSite: "Strict" | "Lax";
  readonly openedCookies: { readonly maxEntries: number; readonly maxAgeMs: number };
}

/** Browsers keep no cookie for longer than 400 days. */
const MAX_TIMEOUT_SECONDS = 400 * 24 * 60 * 60;

const DEFAULT_MAX_OPENED_COOKIES = 1000;
const DEFAULT_OPENED_COOKIE_SECONDS = 60;
/** Some 5 KB each. */
const MAX_OPENED_COOKIES = 100_000;
const MAX_OPENED_COOKIE_SECONDS = 3600;

const checkWhole = (name: string, value: number, max: number): readonly string[] =>
  Number.isInteger(value) && value >= 0 && value <= max
    ? []
    : [`${name}: must be a whole number from 0 to ${max}`];

const checkSeconds = (name: string, seconds: number): readonly string[] =>
  Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS
    ? []
    : [`${name}: must be a whole number of seconds from 1 to ${MAX_TIMEOUT_SECONDS}`];

const checkNaming = (naming: CookieNaming): readonly string[] => {
  if (naming.kind === "host" && naming.port === undefined) return [];
  const { port = 0 } = naming;
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return isPort ? [] : ["naming.port: must be the port that the browser sees, from 1 to 65535"];
};

/** @throws {SessionError} `config_invalid` with all problems at once. */
export const parseSessionConfig = <Value extends SessionEnvelope, Transaction>(
  config: SessionConfig<Value, Transaction>,
): ParsedSessionConfig => {
  const idleTimeoutSeconds = config.idleTimeoutSeconds ?? 1800;
  const absoluteTimeoutSeconds = config.absoluteTimeoutSeconds ?? 43_200;
  const sameSite = config.sameSite ?? "Strict";
  const maxEntries = config.openedCookies?.maxEntries ?? DEFAULT_MAX_OPENED_COOKIES;
  const maxAgeSeconds = config.openedCookies?.maxAgeSeconds ?? DEFAULT_OPENED_COOKIE_SECONDS;
  const { keys, problems: keyProblems } = parseCookieKeys(config.keys);
  const problems = [
    ...keyProblems,
    ...checkNaming(config.naming),
    ...checkSeconds("idleTimeoutSeconds", idleTimeoutSeconds),
    ...checkSeconds("absoluteTimeoutSeconds", absoluteTimeoutSeconds),
    ...checkWhole("openedCookies.maxEntries", maxEntries, MAX_OPENED_COOKIES),
    ...checkWhole("openedCookies.maxAgeSeconds", maxAgeSeconds, MAX_OPENED_COOKIE_SECONDS),
  ];
  if (idleTimeoutSeconds > absoluteTimeoutSeconds) {
    problems.push("idleTimeoutSeconds: must not be longer than absoluteTimeoutSeconds");
  }
  if (sameSite !== "Strict" && sameSite !== "Lax") problems.push("sameSite: must be Strict or Lax");
  if (problems.length > 0) {
    throw new SessionError(
      "config_invalid",
      `the session configuration can't be used: ${problems.join("; ")}`,
      problems,
    );
  }
  return {
    keys,
    idleTimeoutMs: idleTimeoutSeconds * 1000,
    absoluteTimeoutMs: absoluteTimeoutSeconds * 1000,
    isPersistent: config.isPersistent ?? true,
    sameSite,
    openedCookies: { maxEntries, maxAgeMs: maxAgeSeconds * 1000 },
  };
};
