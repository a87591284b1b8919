import { startChildServer } from "../child-server.ts";
import { installedVersion, type TortureTarget } from "../target.ts";

/**
 * `@hono/oidc-auth` as its README sets it up: `oidcAuthMiddleware()` on every route, the session a signed cookie (it has no
 * other kind).
 *
 * It never looks at an access token's end: it refreshes after `OIDC_AUTH_REFRESH_INTERVAL`, which is therefore set to the
 * life of the access tokens. It counts in whole seconds and refreshes when that many are past, not when they are reached.
 */
export const honoOidcAuth: TortureTarget = {
  name: "hono-oidc-auth",
  version: installedVersion("@hono/oidc-auth", import.meta.resolve("@hono/oidc-auth")),
  configuration: "its README's set-up: cookie session, OIDC_AUTH_REFRESH_INTERVAL = the access token's life",
  callbackPath: "/callback",
  loginPath: "/login",
  apiPath: "/api/me",
  pageHeaders: {},
  expiresLateMs: 2_000,
  start: (port, setting) =>
    startChildServer({
      entry: new URL("./hono-oidc-auth.server.ts", import.meta.url),
      environment: {
        PORT: String(port),
        ...(setting.upstream === undefined ? {} : { UPSTREAM: setting.upstream }),
        OIDC_AUTH_SECRET: setting.secret,
        OIDC_AUTH_REFRESH_INTERVAL: String(setting.tokenSeconds),
        OIDC_ISSUER: setting.issuer,
        OIDC_CLIENT_ID: setting.clientId,
        OIDC_CLIENT_SECRET: setting.clientSecret,
        OIDC_REDIRECT_URI: `${setting.origin}/callback`,
        OIDC_SCOPES: "openid profile email",
        OIDC_AUTH_EXTERNAL_URL: setting.origin,
      },
    }),
};
