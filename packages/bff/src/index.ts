export { BffError } from "./bff-error.ts";
export type { BffErrorCode, ConfigProblem } from "./bff-error.ts";
export type {
  ApiRoute,
  BffConfig,
  BffProviderConfig,
  BffRefreshConfig,
  BffSessionConfig,
} from "./config/bff-config.ts";
export { checkCookieKeys, generateCookieKey } from "@coatcheck/session";
export type { CookieKeyFlaw } from "@coatcheck/session";
export { DEFAULT_USER_CLAIMS } from "./config/defaults.ts";
export { parseBffConfig } from "./config/parse-bff-config.ts";
export type { ParsedBffConfig } from "./config/parse-bff-config.ts";
export { createBff } from "./create-bff.ts";
export type { Bff } from "./create-bff.ts";
export type { Handle, Peer } from "./dispatch.ts";
export type { Extension } from "./extension.ts";
export type { Log, LogEvent, LogEventName } from "./observe/log.ts";
export type { CallSeen, Observer } from "./observe/observer.ts";
export type { BffPorts, OAuthEvent } from "./ports.ts";
export { MAX_RETURN_PATH_BYTES, parseReturnPath } from "./return-path.ts";
export type { ReturnPath } from "./return-path.ts";
export type { Readiness, ReadinessReason } from "./routes/health-routes.ts";
export type { OnSessionEnd, SessionEnded, SessionEndReason } from "./session/session-ends.ts";
export { securityHeaders } from "./security-headers.ts";
export type { ResponseKind, SecurityHeadersOptions } from "./security-headers.ts";
