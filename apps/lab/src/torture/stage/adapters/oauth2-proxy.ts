import { spawnSync } from "node:child_process";
import { isInstalled, startDaemon } from "../daemon.ts";
import type { TortureTarget } from "../target.ts";

const VERSION = /v\d+\.\d+\.\d+/u;
const PROGRAM = process.env["OAUTH2_PROXY"] ?? "oauth2-proxy";

/**
 * oauth2-proxy as its documentation sets it up for OpenID Connect with refreshing, in front of an API.
 *
 * @param store `cookie` (its default), or `redis`, which it recommends for large sessions and several instances
 */
function oauth2Proxy(store: "cookie" | "redis"): TortureTarget {
  return {
    name: `oauth2-proxy-${store}`,
    version: installedVersion(),
    configuration: `--session-store-type=${store}, --cookie-refresh = the access token's life`,
    callbackPath: "/oauth2/callback",
    loginPath: "/oauth2/start?rd=%2F",
    apiPath: "/oauth2/userinfo",
    pageHeaders: {},
    expiresLateMs: 1_000,
    async prepare() {
      if (!isInstalled(PROGRAM))
        throw new Error("oauth2-proxy isn't on the PATH; OAUTH2_PROXY names another place.");
    },
    start(port, setting) {
      const { ledger } = setting;
      if (store === "redis" && ledger.kind !== "redis")
        throw new Error("oauth2-proxy with Redis needs a run with --ledger redis.");
      const flags = {
        provider: "oidc",
        "oidc-issuer-url": setting.issuer,
        "client-id": setting.clientId,
        "client-secret": setting.clientSecret,
        "redirect-url": `${setting.origin}/oauth2/callback`,
        scope: "openid profile email",
        "code-challenge-method": "S256",
        "email-domain": "*",
        "insecure-oidc-allow-unverified-email": "true",
        "cookie-secret": setting.secret.slice(0, 32),
        "cookie-secure": "false",
        "cookie-refresh": `${setting.tokenSeconds}s`,
        "http-address": `127.0.0.1:${port}`,
        "reverse-proxy": "false",
        "skip-provider-button": "true",
        "pass-access-token": "true",
        "api-route": "^/api/",
        upstream: setting.upstream === undefined ? "static://200" : `${setting.upstream}/api/bench/`,
        "session-store-type": store,
        ...(store === "redis" && ledger.kind === "redis" ? { "redis-connection-url": ledger.url } : {}),
        "standard-logging": "false",
        "auth-logging": "false",
        "request-logging": "false",
      };
      const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
      return startDaemon({ program: PROGRAM, args, port });
    },
  };
}

export const oauth2ProxyCookie = oauth2Proxy("cookie");
export const oauth2ProxyRedis = oauth2Proxy("redis");

function installedVersion(): string {
  const own = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" });
  const printed = VERSION.exec(own.stdout ?? "")?.[0];
  if (printed !== undefined || own.status !== 0) return printed ?? "not installed";
  // One that `go install` built says nothing of its version, but Go knows what it was built from.
  const built = spawnSync("sh", ["-c", `go version -m "$(command -v "$0")"`, PROGRAM], { encoding: "utf8" });
  return /^\s+mod\s\S+\s+(v\S+)/mu.exec(built.stdout ?? "")?.[1] ?? "built from source";
}
