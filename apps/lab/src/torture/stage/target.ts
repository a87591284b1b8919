import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Files of which each holds what its variable would. */
export interface SecretFiles {
  readonly cookieKeys: string;
  readonly clientSecret: string;
}

/** What every process of a target gets to know. */
export interface TargetSetting {
  /** `http://localhost:<port>`: what browsers see. Nobody listens there: requests are handed to the processes in turn. */
  readonly origin: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How long access tokens live. */
  readonly tokenSeconds: number;
  /** API routes of our own server: notes APIs that take JWTs for their own resource only, and what a scene adds. */
  readonly routes: readonly object[];
  readonly apiScopes: readonly string[];
  readonly instances: number;
  /** Processes of each instance. */
  readonly workers: number;
  readonly ledger:
    | { readonly kind: "sqlite"; readonly file: string }
    | { readonly kind: "redis" | "postgres"; readonly url: string };
  /** Of a provider at an `https` address: what its clients have to trust. */
  readonly certificateFile?: string;
  /** A folder that goes with the run. */
  readonly folder: string;
  /** Random, the same for all instances. */
  readonly secret: string;
  /** Where our own server is to read both secrets from, so that they can be replaced while it runs. */
  readonly secretFiles?: SecretFiles;
  /** Origin of an API that wants no token: targets that proxy offer it at `/api/bench`. */
  readonly upstream?: string;
  /** Variables of our own server, over what the stage sets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One instance: one listening port, one process or several. */
export interface TargetInstance {
  /** The processes that serve now. */
  pids(): readonly number[];
  /** What the log says of the ledger's store, in order. */
  readonly storeChanges?: () => readonly string[];
  /** Whether somebody else than the scene replaces a process that died. */
  readonly replacesItsOwn: boolean;
  /** Puts new processes into the place of the old ones, with the port open all the time; resolves when the old ones have ended. */
  readonly replace?: () => Promise<void>;
  /** Sends the signal to the whole instance and waits until it has ended. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** A BFF that can be tortured. Everything else is the same for all: provider, sessions, rounds, counting. */
export interface TortureTarget {
  readonly name: string;
  readonly version: string;
  /** One sentence: how it is configured, and where that is recommended. */
  readonly configuration: string;
  /** Where its provider sends people back to. */
  readonly callbackPath: string;
  /** A navigation there ends at the provider. */
  readonly loginPath: string;
  /** Answers 200 with a session that is alive, and needs a living access token where the BFF spends one. */
  readonly apiPath: string;
  /** A request that signs out; absent: not tortured. */
  readonly logout?: { readonly method: "POST" | "GET"; readonly path: string; readonly json?: object };
  /** Headers that its pages' scripts send with each call. */
  readonly pageHeaders: Readonly<Record<string, string>>;
  /** What it wants of its provider's address: a name, or `https` at the usual port. Default: plain http at 127.0.0.1. */
  readonly issuer?: "localhost" | "https";
  /** Default `client_secret_basic`. */
  readonly tokenEndpointAuthMethod?: "client_secret_post";
  /** How much later than the provider it may think that a token has expired. */
  readonly expiresLateMs: number;
  /** Fetches what it needs, once for all runs. @throws {Error} that says what is missing here */
  prepare?(): Promise<void>;
  start(port: number, setting: TargetSetting): Promise<TargetInstance>;
}

/** Names on the command line; an adapter is loaded when its target is asked for. */
export const TARGETS = {
  coatcheck: async () => (await import("./adapters/coatcheck.ts")).coatcheck,
  "coatcheck-memory": async () => (await import("./adapters/coatcheck-memory.ts")).coatcheckMemory,
  "hono-oidc-auth": async () => (await import("./adapters/hono-oidc-auth.ts")).honoOidcAuth,
  "express-openid-connect": async () =>
    (await import("./adapters/express-openid-connect.ts")).expressOpenidConnect,
  "auth0-hono": async () => (await import("./adapters/auth0-hono.ts")).auth0Hono,
  "nextjs-auth0": async () => (await import("./adapters/nextjs-auth0.ts")).nextjsAuth0,
  "better-auth": async () => (await import("./adapters/better-auth.ts")).betterAuthTarget,
  "requests-oauthlib": async () => (await import("./adapters/requests-oauthlib.ts")).requestsOauthlib,
  mod_auth_openidc: async () => (await import("./adapters/mod-auth-openidc.ts")).modAuthOpenidcCache,
  "mod_auth_openidc-cookie": async () =>
    (await import("./adapters/mod-auth-openidc.ts")).modAuthOpenidcCookie,
  "mod_auth_openidc-given": async () =>
    (await import("./adapters/mod-auth-openidc.ts")).modAuthOpenidcGivenCache,
  "mod_auth_openidc-given-cookie": async () =>
    (await import("./adapters/mod-auth-openidc.ts")).modAuthOpenidcGivenCookie,
  "oauth2-proxy-cookie": async () => (await import("./adapters/oauth2-proxy.ts")).oauth2ProxyCookie,
  "oauth2-proxy-redis": async () => (await import("./adapters/oauth2-proxy.ts")).oauth2ProxyRedis,
} as const satisfies Record<string, () => Promise<TortureTarget>>;

/** The version of a package as it is installed. @param entry the URL of one of its modules */
export function installedVersion(name: string, entry: string): string {
  for (let folder = dirname(fileURLToPath(entry)); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (!existsSync(path)) continue;
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
    if (manifest.name === name && manifest.version !== undefined) return manifest.version;
  }
  throw new Error(`${name} isn't installed.`);
}
