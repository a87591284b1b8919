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
  readonly cookieKeys: readonly string[];
  readonly naming: CookieNaming;
  /**
   * Whose cookies these are, beside the keys; default `""`. A cookie of another one counts as sealed with an unknown key.
   *
   * Without this, keys that serve two deployments, or a deployment that changes its provider, open each other's cookies,
   * and one provider's tokens are sent to the other.
   */
  readonly boundTo?: string;
  /**
   * Further owners of cookies, by name: what theirs are bound to. A value belongs to the owner that `ownerOf` names, and opens
   * as that one's alone. Default: none.
   */
  readonly owners?: Readonly<Record<string, string>>;
  /** Whose a value is: a name of `owners`, or `""`. Default: `""`. */
  readonly ownerOf?: (value: Value) => string;
  readonly idleTimeoutSeconds: number;
  /** Not shorter than the idle timeout. */
  readonly absoluteTimeoutSeconds: number;
  /** The cookie outlives the browser's closing, up to the absolute deadline. The deadlines inside hold either way. */
  readonly persistent: boolean;
  /** For how long a process remembers what a cookie held, so that the calls of one page open its seal once. */
  readonly openedCookies?: OpenedCookiesConfig;
  /**
   * Reads a value that comes out of a seal; `undefined`: not one. What it returns is frozen, and several requests may get it.
   *
   * @param owner whose keys it was sealed with: a name of `owners`, or `""`
   */
  readonly parseValue: (json: unknown, owner: string) => Value | undefined;
  readonly parseTransaction: (json: unknown) => Transaction | undefined;
}

/** The part of the configuration that can be wrong, checked. */
export interface ParsedSessionConfig {
  readonly cookieKeys: readonly Bytes[];
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
}

/**
 * Checks keys and lifetimes; pure.
 *
 * @throws {SessionError} `config_invalid` with all problems at once.
 */
export function parseSessionConfig(config: {
  readonly cookieKeys: readonly string[];
  readonly idleTimeoutSeconds: number;
  readonly absoluteTimeoutSeconds: number;
}): ParsedSessionConfig {
  const { idleTimeoutSeconds, absoluteTimeoutSeconds } = config;
  const { keys, problems } = parseCookieKeys(config.cookieKeys);
  // Written so that what isn't a number is refused, too: a deadline that is NaN never passes.
  const isInOrder = idleTimeoutSeconds >= 1 && idleTimeoutSeconds <= absoluteTimeoutSeconds;
  const all = [
    ...problems.map((fix) => ({ field: "cookieKeys", fix })),
    ...(isInOrder && Number.isFinite(absoluteTimeoutSeconds)
      ? []
      : [{ field: "idleTimeoutSeconds", fix: "make it at least 1 and at most `absoluteTimeoutSeconds`" }]),
  ];
  if (all.length > 0)
    throw new SessionError("config_invalid", "the session configuration can't be used", all);
  return {
    cookieKeys: keys,
    idleTimeoutMs: idleTimeoutSeconds * 1000,
    absoluteTimeoutMs: absoluteTimeoutSeconds * 1000,
  };
}
