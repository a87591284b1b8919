import { join } from "node:path";
import { startChildServer } from "../child-server.ts";
import {
  askedVersion,
  fetchTarget,
  folderOf,
  INSTALL_NPM_PACKAGES,
  type FetchedTarget,
} from "../fetched-packages.ts";
import type { TortureTarget } from "../target.ts";

const fetched: FetchedTarget = {
  name: "auth0-hono",
  sources: new URL("./on-demand/auth0-hono/", import.meta.url),
  steps: [INSTALL_NPM_PACKAGES],
};

/**
 * `@auth0/auth0-hono` as its README sets it up: `auth()` on every route, the session an encrypted cookie (its default). The
 * route asks the client for an access token, which refreshes it when it has expired.
 *
 * It takes a host name or an address without a port, and speaks https to it.
 */
export const auth0Hono: TortureTarget = {
  name: "auth0-hono",
  version: askedVersion(fetched, "@auth0/auth0-hono"),
  configuration: "its README's set-up: cookie session (default); the route calls getAccessToken()",
  callbackPath: "/auth/callback",
  loginPath: "/auth/login",
  apiPath: "/api/me",
  pageHeaders: {},
  issuer: "https",
  expiresLateMs: 1_000,
  prepare: async () => fetchTarget(fetched),
  start: (port, setting) =>
    startChildServer({
      entry: join(folderOf(fetched), "server.mjs"),
      environment: {
        PORT: String(port),
        ISSUER: setting.issuer,
        APP_ORIGIN: setting.origin,
        CLIENT_ID: setting.clientId,
        CLIENT_SECRET: setting.clientSecret,
        SECRET: setting.secret,
        NODE_EXTRA_CA_CERTS: setting.certificateFile ?? "",
      },
    }),
};
