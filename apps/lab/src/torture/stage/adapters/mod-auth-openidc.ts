import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isInstalled, startDaemon } from "../daemon.ts";
import type { TortureTarget, TargetSetting } from "../target.ts";

const MODULES = "/usr/lib/apache2/modules";
const DEBIAN: Build = {
  suffix: "",
  module: `${MODULES}/mod_auth_openidc.so`,
  missing: "Apache and mod_auth_openidc aren't here: apt-get install apache2 libapache2-mod-auth-openidc.",
};
/** Another build, such as of a newer version. */
const GIVEN: Build = {
  suffix: "-given",
  module: process.env["MOD_AUTH_OPENIDC_SO"] ?? "",
  missing: "MOD_AUTH_OPENIDC_SO doesn't name a module, or Apache isn't here.",
};
const NEEDED = [
  "mpm_event",
  "authn_core",
  "authz_core",
  "authz_user",
  "dir",
  "env",
  "headers",
  "proxy",
  "proxy_http",
] as const;

interface Build {
  /** Of the target's name. */
  readonly suffix: string;
  /** Path of the `.so`. */
  readonly module: string;
  readonly missing: string;
}

/**
 * Apache with mod_auth_openidc, as its sample configuration sets it up: everything needs a session, the access token is
 * refreshed before it expires, and the API gets it as a bearer token.
 *
 * @param store where sessions live: `cookie`, or Apache's own cache (`shm`), or Redis where the run has one
 */
function modAuthOpenidc(store: "cookie" | "cache", { suffix, module, missing }: Build): TortureTarget {
  return {
    name: `mod_auth_openidc${suffix}${store === "cookie" ? "-cookie" : ""}`,
    version: versionOf(module),
    configuration:
      store === "cookie"
        ? "OIDCSessionType client-cookie, OIDCRefreshAccessTokenBeforeExpiry"
        : "OIDCSessionType server-cache (its default; shared memory, or Redis with several machines), OIDCRefreshAccessTokenBeforeExpiry",
    callbackPath: "/callback",
    loginPath: "/",
    apiPath: "/api/me",
    pageHeaders: { "x-requested-with": "XMLHttpRequest" },
    expiresLateMs: 1_000,
    async prepare() {
      if (!isInstalled("apache2") || !existsSync(module)) throw new Error(missing);
    },
    async start(port, setting) {
      const root = join(setting.folder, `apache-${port}`);
      await mkdir(join(root, "htdocs", "api"), { recursive: true });
      // Its workers run as another user, who has to get at the pages.
      await chmod(setting.folder, 0o755);
      await writeFile(join(root, "htdocs", "index.html"), "<!doctype html><title>Hello</title>");
      await writeFile(join(root, "htdocs", "api", "me"), '{"ok":true}');
      await writeFile(join(root, "httpd.conf"), configuration(root, port, store, module, setting));
      return startDaemon({
        program: "apache2",
        args: ["-D", "FOREGROUND", "-f", join(root, "httpd.conf")],
        port,
        // At SIGTERM it drops what is under way; this is its graceful stop, which deploys use.
        endSignal: "SIGWINCH",
      });
    },
  };
}

export const modAuthOpenidcCache = modAuthOpenidc("cache", DEBIAN);
export const modAuthOpenidcCookie = modAuthOpenidc("cookie", DEBIAN);
export const modAuthOpenidcGivenCache = modAuthOpenidc("cache", GIVEN);
export const modAuthOpenidcGivenCookie = modAuthOpenidc("cookie", GIVEN);

function configuration(
  root: string,
  port: number,
  store: "cookie" | "cache",
  module: string,
  setting: TargetSetting,
): string {
  const { origin, issuer, ledger } = setting;
  const isRedis = store === "cache" && ledger.kind === "redis";
  return `
ServerRoot ${root}
ServerName ${origin}
UseCanonicalName On
UseCanonicalPhysicalPort Off
Listen 127.0.0.1:${port}
PidFile ${root}/httpd.pid
DefaultRuntimeDir ${root}
ErrorLog ${root}/error.log
LogLevel warn
${NEEDED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join("\n")}
LoadModule auth_openidc_module ${module}
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
DocumentRoot ${root}/htdocs
DirectoryIndex index.html
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${setting.clientId}
OIDCClientSecret ${setting.clientSecret}
OIDCRedirectURI ${origin}/callback
OIDCCryptoPassphrase ${setting.secret}
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCSSLValidateServer Off
OIDCCookieHTTPOnly On
OIDCSessionInactivityTimeout 1800
OIDCRefreshAccessTokenBeforeExpiry ${Math.max(1, Math.min(2, Math.floor(setting.tokenSeconds / 5)))}
OIDCPassIDTokenAs claims
${store === "cookie" ? "OIDCSessionType client-cookie" : `OIDCSessionType server-cache\nOIDCCacheType ${isRedis ? "redis" : "shm"}`}
${isRedis && ledger.kind === "redis" ? `OIDCRedisCacheServer ${new URL(ledger.url).host}` : ""}
<Location "/">
  AuthType openid-connect
  Require valid-user
</Location>
<Location "/api/me">
  ForceType application/json
</Location>
${setting.upstream === undefined ? "" : proxied(setting.upstream)}
`;
}

function proxied(upstream: string): string {
  return `
<Location "/api/bench">
  ProxyPass ${upstream} keepalive=On
  RequestHeader set Authorization "Bearer %{OIDC_access_token}e" env=OIDC_access_token
  RequestHeader unset Cookie
</Location>
`;
}

/** A module says its version to Apache's log, so it stands in it. */
function versionOf(module: string): string {
  if (!existsSync(module)) return "not installed";
  return /mod_auth_openidc-(\d[\d.]*\d)/u.exec(readFileSync(module, "latin1"))?.[1] ?? "of unknown version";
}
