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
  name: "better-auth",
  sources: new URL("./on-demand/better-auth/", import.meta.url),
  steps: [INSTALL_NPM_PACKAGES],
};

/**
 * better-auth as its documentation sets it up with its generic OAuth plugin: sessions and tokens in a database, here SQLite, which
 * all instances share. The route calls `auth.api.getAccessToken`, which refreshes 5 s before the token's end.
 */
export const betterAuthTarget: TortureTarget = {
  name: "better-auth",
  version: askedVersion(fetched, "better-auth"),
  configuration: "genericOAuth, sessions and tokens in SQLite; the route calls auth.api.getAccessToken()",
  callbackPath: "/api/auth/callback/torture",
  loginPath: "/login",
  apiPath: "/api/me",
  pageHeaders: {},
  expiresLateMs: 0,
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
        DATABASE_FILE: join(setting.folder, "better-auth.sqlite"),
      },
    }),
};
