/**
 * The Backend-for-Frontend as a Hono app: `createBff(config, ports)`, and middleware for routes of one's own.
 *
 * @example
 * ```ts
 * const app = new Hono();
 * app.use(logger()); // yours, around everything, API calls included
 * app.route("/", bff.app); // answers /bff, /api/notes and the health checks; the rest falls through
 * app.get("/hello", bff.session(), (c) => c.text(c.var.session.state === "active" ? "Hello again." : "Hello."));
 * ```
 *
 * @module
 */
export { BffError } from "./bff-error.ts";
export type { BffErrorCode, ConfigProblem } from "./bff-error.ts";
export { DEFAULT_USER_CLAIMS } from "./config/bff-config.ts";
export type { ApiRoute, BffConfig, PageConfig } from "./config/bff-config.ts";
export { Secret } from "./config/secret.ts";
export { generateCookieKey } from "@coatcheck/session";
export { createBff } from "./create-bff.ts";
export type { Bff } from "./create-bff.ts";
export { createWebPorts } from "./create-web-ports.ts";
export type { WebPortsOptions } from "./create-web-ports.ts";
export type { BffEnv } from "./hono/bff-env.ts";
export type { PublicMiddleware } from "./hono/public-middleware.ts";
export type { ServerAccessToken, ServerCallInit, ServerCalls, SessionContext } from "./hono/server-calls.ts";
export type { SessionVisit, Visit, VisitRequest } from "./hono/visit.ts";
export type { RateLimit, RateRule, RateVerdict } from "./limits/rate-limit.ts";
export { LOG_EVENTS } from "./observe/log-events.ts";
export type { LogEventName } from "./observe/log-events.ts";
export type { Log, LogEvent } from "./observe/log.ts";
export { joinObservers } from "./observe/observer.ts";
export type {
  BffLoad,
  CallSeen,
  CallShed,
  ConnectionEnd,
  ConnectionSeen,
  LoadSource,
  Observer,
  OverloadLimit,
} from "./observe/observer.ts";
export type { BffPorts } from "./ports.ts";
export type { IncomingHeaders, Span, SpanAttributes, SpanStart, Tracing } from "./tracing/tracing.ts";
export type { Peer } from "./request/bff-request.ts";
export type { BffResponse } from "./response/bff-response.ts";
export { MAX_HEADER_BYTES, MAX_TARGET_BYTES } from "./request/limits.ts";
export type { Readiness, ReadinessReason } from "./routes/health-routes.ts";
export type { OnRefresh, SessionRefreshed } from "./session/refresh-hook.ts";
export type { OnSessionEnd, SessionEnded, SessionEndReason } from "./session/session-end-hook.ts";
export type { ChoosingProvider, OnChooseProvider } from "./providers/choose-provider.ts";
export type { OnSignIn, SessionUser, SigningIn, SignInVerdict } from "./session/sign-in-hook.ts";
export type { SessionDemands } from "./session/demands.ts";
export { createIsPublicHost } from "./request/public-host.ts";
export { isProbe } from "./owned-paths.ts";
export { hasRefusalPage, renderRefusalPage } from "./response/refusal-page.ts";
export type { RefusalPage } from "./response/refusal-page.ts";
export { securityHeaders } from "./response/security-headers.ts";
export type { ResponseKind, SecurityHeadersOptions } from "./response/security-headers.ts";
