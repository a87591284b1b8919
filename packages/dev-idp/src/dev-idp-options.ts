import { DEMO_USERS, type DevIdpUser } from "./demo-users.ts";
import { DevIdpError } from "./dev-idp-error.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** An application that may send people here. */
export interface DevIdpClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default `client_secret_basic`. */
  readonly tokenEndpointAuthMethod?: "client_secret_basic" | "client_secret_post";
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly backchannelLogoutUri?: string;
  /** Default `true`; `false` issues none, as providers do that want to be asked for offline access. */
  readonly refreshTokens?: boolean;
  /** Default `true`: nobody is asked for consent, unless the request says `prompt=consent`. */
  readonly firstParty?: boolean;
}

/** An API for which JWT access tokens are minted when a refresh names it as `resource` (RFC 8707). */
export interface DevIdpResource {
  /** Absolute URI. */
  readonly indicator: string;
  readonly scopes: readonly string[];
  /** `aud` of its tokens; default: the indicator. */
  readonly audience?: string;
}

export interface DevIdpOptions {
  /** Default `127.0.0.1`; must be a loopback address. */
  readonly host?: string;
  /** `0` picks a free one. */
  readonly port?: number;
  readonly clients: readonly DevIdpClient[];
  readonly resources?: readonly DevIdpResource[];
  /** Default: {@link DEMO_USERS}. */
  readonly users?: readonly DevIdpUser[];
  /** Lifetime of access tokens in seconds, default 30; the control API changes it. */
  readonly accessTokenSeconds?: number;
  /** Default `true`: each refresh token works once, and reuse revokes the whole grant. */
  readonly rotateRefreshToken?: boolean;
  /** Default `true`; `false`: only a sign-in yields one, and refreshes answer without. Not together with rotation. */
  readonly refreshTokenInRefreshes?: boolean;
  /** Default: generated, so tokens of an earlier process are invalid. */
  readonly signingKeys?: SigningKeys;
  /** Keys that sign this server's own cookies; default: generated. */
  readonly cookieKeys?: readonly string[];
  /** The application's name as the pages show it. Default `Coatcheck`. */
  readonly appName?: string;
  /** This provider's name as the pages show it. Default `Demo ID`. */
  readonly providerName?: string;
  /** Told of everything that should not happen, broken connections included. Default: nobody. */
  readonly onDefect?: (error: unknown) => void;
  /** Default `process.env.NODE_ENV`; `production` is refused. */
  readonly nodeEnv?: string | undefined;
  /** Lets other machines reach a server whose passwords are public. */
  readonly dangerouslyListenBeyondLoopback?: boolean;
}

export type ResolvedOptions = Required<Omit<DevIdpOptions, "signingKeys" | "cookieKeys" | "nodeEnv">>;

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Fills in the defaults.
 *
 * @throws {DevIdpError} `refuses_production`, `host_not_loopback`, `options_invalid`
 */
export function resolveOptions(options: DevIdpOptions): ResolvedOptions {
  const nodeEnv = "nodeEnv" in options ? options.nodeEnv : process.env["NODE_ENV"];
  if (nodeEnv === "production") {
    throw new DevIdpError(
      "refuses_production",
      "The development identity provider has public passwords and does not start with NODE_ENV=production.",
    );
  }
  const resolved: ResolvedOptions = {
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    clients: options.clients,
    resources: options.resources ?? [],
    users: options.users ?? DEMO_USERS,
    accessTokenSeconds: options.accessTokenSeconds ?? 30,
    rotateRefreshToken: options.rotateRefreshToken ?? true,
    refreshTokenInRefreshes: options.refreshTokenInRefreshes ?? true,
    appName: options.appName ?? "Coatcheck",
    providerName: options.providerName ?? "Demo ID",
    onDefect: options.onDefect ?? (() => undefined),
    dangerouslyListenBeyondLoopback: options.dangerouslyListenBeyondLoopback ?? false,
  };
  if (!LOOPBACK_HOSTS.has(resolved.host) && !resolved.dangerouslyListenBeyondLoopback) {
    throw new DevIdpError(
      "host_not_loopback",
      `Host ${resolved.host} is not a loopback address: other machines could sign in with public passwords.`,
    );
  }
  const complaint = findComplaint(resolved);
  if (complaint !== undefined) throw new DevIdpError("options_invalid", complaint);
  return resolved;
}

function findComplaint(options: ResolvedOptions): string | undefined {
  if (options.clients.length === 0) return "clients: at least one client is needed.";
  if (!Number.isSafeInteger(options.accessTokenSeconds) || options.accessTokenSeconds < 1) {
    return "accessTokenSeconds: a positive whole number of seconds is needed.";
  }
  if (options.rotateRefreshToken && !options.refreshTokenInRefreshes) {
    return "refreshTokenInRefreshes: with rotation, a refresh has to answer with the new refresh token.";
  }
  for (const client of options.clients) {
    if (client.redirectUris.length === 0) return `clients: ${client.clientId} has no redirectUris.`;
  }
  for (const resource of options.resources) {
    if (!URL.canParse(resource.indicator)) {
      return `resources: ${resource.indicator} is not an absolute URI.`;
    }
  }
  if (new Set(options.users.map((user) => user.sub)).size < options.users.length) {
    return "users: two of them have the same sub.";
  }
  return undefined;
}
