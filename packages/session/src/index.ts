/**
 * Remembers a value for a browser, in cookies that nobody else can read or change.
 *
 * @example
 * ```ts
 * return createBrowserSessions<Named, object>(
 *   {
 *     cookieKeys: [cookieKey],
 *     naming: { kind: "host" },
 *     idleTimeoutSeconds: 1800,
 *     absoluteTimeoutSeconds: 43_200,
 * ```
 *
 * @module
 */
export * from "./browser-sessions.ts";
export { MAX_BYTES_A_REQUEST } from "./budget.ts";
export { generateCookieKey } from "./cookie-keys.ts";
export type { CookieNaming } from "./cookie-names.ts";
export { createBrowserSessions, type SessionPorts } from "./create-browser-sessions.ts";
export { createWebCryptoMac, type Eventually, type Mac } from "./mac.ts";
export { createIronSealer, type JsonObject, type Sealer } from "./sealer.ts";
export {
  parseSessionConfig,
  type OpenedCookiesConfig,
  type ParsedSessionConfig,
  type SessionConfig,
} from "./session-config.ts";
export { SessionError, type SessionConfigProblem, type SessionErrorCode } from "./session-error.ts";
