import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../daemon.ts";
import { fetchTarget, folderOf, type FetchedTarget } from "../fetched-packages.ts";
import type { TortureTarget } from "../target.ts";

const fetched: FetchedTarget = {
  name: "requests-oauthlib",
  sources: new URL("./on-demand/requests-oauthlib/", import.meta.url),
  steps: [
    { program: "python3", args: ["-m", "venv", "environment"] },
    {
      program: join("environment", "bin", "pip"),
      args: ["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"],
    },
  ],
};

/**
 * Flask and requests-oauthlib after its documentation's example for refreshing tokens: the token in Flask's signed cookie,
 * `auto_refresh_url` and `token_updater`. The example's secret is posted.
 */
export const requestsOauthlib: TortureTarget = {
  name: "requests-oauthlib",
  version: askedPython("requests-oauthlib"),
  configuration:
    "its documentation's example for refreshing: cookie session, auto_refresh_url, token_updater",
  callbackPath: "/callback",
  loginPath: "/login",
  apiPath: "/api/me",
  pageHeaders: {},
  tokenEndpointAuthMethod: "client_secret_post",
  expiresLateMs: 1_000,
  prepare: async () => fetchTarget(fetched),
  start: (port, setting) => {
    const folder = folderOf(fetched);
    return startDaemon({
      program: join(folder, "environment", "bin", "python3"),
      args: [join(folder, "server.py")],
      port,
      environment: {
        PORT: String(port),
        ISSUER: setting.issuer,
        APP_ORIGIN: setting.origin,
        CLIENT_ID: setting.clientId,
        CLIENT_SECRET: setting.clientSecret,
        SECRET: setting.secret,
        // As the example has it for plain http.
        OAUTHLIB_INSECURE_TRANSPORT: "1",
      },
    });
  },
};

function askedPython(name: string): string {
  const requirements = readFileSync(new URL("requirements.txt", fetched.sources), "utf8");
  return new RegExp(`^${name}==(.+)$`, "m").exec(requirements)?.[1] ?? "unknown";
}
