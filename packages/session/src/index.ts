export * from "./browser-sessions.ts";
export { checkCookieKeys, generateCookieKey, type CookieKeyFlaw } from "./cookie-keys.ts";
export type { CookieNaming } from "./cookie-names.ts";
export { createBrowserSessions, type SessionPorts } from "./create-browser-sessions.ts";
export { createWebCryptoMac, type Eventually, type Mac } from "./mac.ts";
export { createIronSealer, type JsonObject, type Sealer } from "./sealer.ts";
export type { OpenedCookiesConfig, SessionConfig } from "./session-config.ts";
export { SessionError, type SessionErrorCode } from "./session-error.ts";
