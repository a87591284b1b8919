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
