import { createHash } from "node:crypto";
import { join } from "node:path";
import { startDaemon } from "../daemon.ts";
import {
  askedVersion,
  fetchTarget,
  folderOf,
  INSTALL_NPM_PACKAGES,
  type FetchedTarget,
} from "../fetched-packages.ts";
import type { TargetSetting, TortureTarget } from "../target.ts";

const NEXT = join("node_modules", "next", "dist", "bin", "next");

const fetched: FetchedTarget = {
  name: "nextjs-auth0",
  sources: new URL("./on-demand/nextjs-auth0/", import.meta.url),
  steps: [
    INSTALL_NPM_PACKAGES,
    {
      program: process.execPath,
      args: [NEXT, "build"],
      // Read when it starts; the build only wants them to be there.
      environment: {
        NODE_ENV: "production",
        NEXT_TELEMETRY_DISABLED: "1",
        AUTH0_DOMAIN: "http://localhost",
        AUTH0_CLIENT_ID: "build",
        AUTH0_CLIENT_SECRET: "build",
        AUTH0_SECRET: "0".repeat(64),
        APP_BASE_URL: "http://localhost",
      },
    },
  ],
};

/**
 * `@auth0/nextjs-auth0` as its README sets it up on Next.js (`next build`, `next start`): the session an encrypted cookie (its
 * default). The route calls an API with `getAccessToken`, as its examples do.
 */
export const nextjsAuth0: TortureTarget = {
  name: "nextjs-auth0",
  version: `${askedVersion(fetched, "@auth0/nextjs-auth0")} on Next.js ${askedVersion(fetched, "next")}`,
  configuration: "its README's set-up: cookie session (default); the route calls getAccessToken()",
  callbackPath: "/auth/callback",
  loginPath: "/auth/login",
  apiPath: "/api/me",
  pageHeaders: {},
  issuer: "localhost",
  expiresLateMs: 1_000,
  prepare: async () => fetchTarget(fetched),
  start: (port, setting) => {
    const folder = folderOf(fetched);
    return startDaemon({
      program: process.execPath,
      args: [join(folder, NEXT), "start", folder, "-p", String(port), "-H", "127.0.0.1"],
      port,
      environment: environmentOf(setting),
    });
  },
};

function environmentOf(setting: TargetSetting): Record<string, string> {
  return {
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    AUTH0_DOMAIN: setting.issuer,
    AUTH0_CLIENT_ID: setting.clientId,
    AUTH0_CLIENT_SECRET: setting.clientSecret,
    AUTH0_SECRET: createHash("sha256").update(setting.secret).digest("hex"),
    APP_BASE_URL: setting.origin,
  };
}
