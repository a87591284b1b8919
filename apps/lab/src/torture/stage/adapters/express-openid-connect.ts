import { startChildServer } from "../child-server.ts";
import { installedVersion, type TortureTarget } from "../target.ts";

/**
 * `express-openid-connect` as its README sets it up, the session an encrypted cookie (its default); the route refreshes when
 * the access token has expired, as the documentation of `AccessToken.refresh` shows.
 */
export const expressOpenidConnect: TortureTarget = {
  name: "express-openid-connect",
  version: installedVersion("express-openid-connect", import.meta.resolve("express-openid-connect")),
  configuration:
    "its README's set-up: cookie session (default); the route calls isExpired() and refresh(), as documented",
  callbackPath: "/callback",
  loginPath: "/login",
  apiPath: "/api/me",
  pageHeaders: {},
  expiresLateMs: 1_000,
  start: (port, setting) =>
    startChildServer({
      entry: new URL("./express-openid-connect.server.ts", import.meta.url),
      environment: {
        PORT: String(port),
        ...(setting.upstream === undefined ? {} : { UPSTREAM: setting.upstream }),
        BASE_URL: setting.origin,
        ISSUER_BASE_URL: setting.issuer,
        CLIENT_ID: setting.clientId,
        CLIENT_SECRET: setting.clientSecret,
        SECRET: setting.secret,
      },
    }),
};
