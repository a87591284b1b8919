import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startNotesApi } from "@coatcheck/api";
import { MIRROR_PATH } from "@coatcheck/contract";
import { createDevIdp, DEMO_USERS, type IssuedSecret } from "@coatcheck/dev-idp";
import { loadDemoState, type DemoState } from "./demo-state.ts";
import { createDemoClientKeys } from "./create-demo-client-keys.ts";
import { findFreePort } from "./free-port.ts";
import { startMirrorApi } from "./mirror-api.ts";
import { startPlainBff } from "./plain/plain-bff.ts";
import { STORM_PEOPLE } from "./storms/storm-people.ts";

/** The demo API as the identity provider and the BFF name it (RFC 8707). */
const NOTES_RESOURCE = "https://notes.coatcheck.example";
const ARCHIVE_RESOURCE = "https://archive.coatcheck.example";
const NOTES_SCOPES = ["notes:read", "notes:write"];
const CLIENT_ID = "coatcheck-demo";
const PLAIN_CLIENT_ID = "plain-bff";
const DEFAULT_PORTS = { app: 3000, idp: 4000, api: 4100 } as const;

export interface DemoBackendOptions {
  /** Preferred ports; a taken one gives way to the next free one. `0`: any free one. Default 3000, 4000, 4100. */
  readonly ports?: { readonly app?: number; readonly idp?: number; readonly api?: number };
  /** Where secrets, notes and ledger live. */
  readonly dataFolder: string;
  /** Default 30. */
  readonly accessTokenSeconds?: number;
  /** How recent a sign-in must be that deletes all notes at once. Default: the notes API's, 120. */
  readonly recentSignInSeconds?: number;
  /** Default `true`; `false`: the provider issues no refresh tokens. */
  readonly refreshTokens?: boolean;
  /**
   * Default `false`; `true`: the server proves itself by a key (private_key_jwt) instead of a secret, pushes its requests, and gets
   * tokens that are bound to a key (DPoP), which the notes API demands; provider and API want another nonce with each call. A
   * second API, with a resource of its own, stands at `/api/archive`.
   */
  readonly isBound?: boolean;
}

/** What stands behind the counter in the demo, and the configuration of a server in front of it. */
export interface DemoBackends {
  /** `http://localhost:<port>`: another site than the provider's 127.0.0.1. Nobody listens there yet. */
  readonly appUrl: string;
  readonly idpUrl: string;
  readonly apiUrl: string;
  /** The plain BFF that storms are compared with. */
  readonly plainUrl: string;
  readonly plainClientSecret: string;
  readonly state: DemoState;
  /** The server's variables, all but WEB_ROOT. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every token, code and verifier of the provider so far. */
  issuedSecrets(): readonly IssuedSecret[];
  close(): Promise<void>;
}

/** Starts identity provider and notes API in this process, wired to a server at `appUrl`. */
export async function startDemoBackends(options: DemoBackendOptions): Promise<DemoBackends> {
  const preferred = { ...DEFAULT_PORTS, ...options.ports };
  const appPort = await findFreePort(preferred.app);
  const idpPort = await findFreePort(preferred.idp, [appPort]);
  const apiPort = await findFreePort(preferred.api, [appPort, idpPort]);
  const { dataFolder } = options;
  const state = await loadDemoState(dataFolder);
  const plainPort = await findFreePort(0, [appPort, idpPort, apiPort]);
  const appUrl = `http://localhost:${appPort}`;
  const plainUrl = `http://localhost:${plainPort}`;
  const plainClientSecret = createHmac("sha256", state.clientSecret)
    .update(PLAIN_CLIENT_ID)
    .digest("base64url");

  const isBound = options.isBound ?? false;
  const clientKeys = isBound ? createDemoClientKeys() : undefined;

  const idp = await createDevIdp({
    ...(isBound ? ({ pushedRequests: "offered", dpop: "offered", dpopNonces: "each-call" } as const) : {}),
    port: idpPort,
    clients: [
      {
        clientId: CLIENT_ID,
        ...(isBound
          ? ({ tokenEndpointAuthMethod: "private_key_jwt", jwksUri: `${appUrl}/bff/jwks.json` } as const)
          : { clientSecret: state.clientSecret }),
        redirectUris: [`${appUrl}/bff/callback`],
        postLogoutRedirectUris: [`${appUrl}/`],
        backchannelLogoutUri: `${appUrl}/bff/backchannel-logout`,
        refreshTokens: options.refreshTokens ?? true,
      },
      {
        clientId: PLAIN_CLIENT_ID,
        clientSecret: plainClientSecret,
        redirectUris: [`${plainUrl}/bff/callback`],
      },
    ],
    users: [...DEMO_USERS, ...Object.values(STORM_PEOPLE)],
    resources: [NOTES_RESOURCE, ARCHIVE_RESOURCE].map((indicator) => ({ indicator, scopes: NOTES_SCOPES })),
    accessTokenSeconds: options.accessTokenSeconds ?? 30,
    signingKeys: state.signingKeys,
    cookieKeys: state.idpCookieKeys,
  });
  const api = await startNotesApi({
    port: apiPort,
    issuer: idp.issuer,
    audience: NOTES_RESOURCE,
    database: join(dataFolder, "notes.sqlite"),
    seed: true,
    boundTokens: isBound,
    ...(options.recentSignInSeconds === undefined
      ? {}
      : { recentSignInSeconds: options.recentSignInSeconds }),
  });
  const plain = await startPlainBff({
    origin: plainUrl,
    issuer: idp.issuer,
    clientId: PLAIN_CLIENT_ID,
    clientSecret: plainClientSecret,
    scope: ["openid", ...NOTES_SCOPES].join(" "),
    resource: NOTES_RESOURCE,
    apiUrl: `${api.url}/v1`,
  });
  const archive = isBound
    ? await startNotesApi({
        issuer: idp.issuer,
        audience: ARCHIVE_RESOURCE,
        database: ":memory:",
        boundTokens: true,
      })
    : undefined;
  const mirror = await startMirrorApi();
  const routesFile = join(dataFolder, "api-routes.json");
  const routes = [
    { prefix: "/api/notes", upstream: `${api.url}/v1`, resource: NOTES_RESOURCE },
    { prefix: MIRROR_PATH, methods: ["GET"], upstream: mirror.url, resource: NOTES_RESOURCE },
    ...(archive === undefined
      ? []
      : [{ prefix: "/api/archive", upstream: `${archive.url}/v1`, resource: ARCHIVE_RESOURCE }]),
    // Pictures and links of the page itself have no header of ours.
    {
      prefix: "/api/files",
      upstream: `${api.url}/files`,
      resource: NOTES_RESOURCE,
      exemptions: { downloads: true },
    },
  ];
  await writeFile(routesFile, `${JSON.stringify(routes, null, 2)}\n`);

  return {
    appUrl,
    idpUrl: idp.issuer,
    apiUrl: api.url,
    plainUrl,
    plainClientSecret,
    state,
    environment: {
      PUBLIC_ORIGIN: appUrl,
      PORT: String(appPort),
      DANGEROUSLY_ALLOW_HTTP: "loopback",
      COOKIE_KEYS: state.cookieKeys.join(","),
      OIDC_ISSUER: idp.issuer,
      OAUTH_CLIENT_ID: CLIENT_ID,
      ...(clientKeys === undefined
        ? { OAUTH_CLIENT_SECRET: state.clientSecret }
        : { OAUTH_CLIENT_KEYS: clientKeys, OAUTH_DPOP: "required", OAUTH_PUSHED_REQUESTS: "required" }),
      OAUTH_SCOPE: ["openid profile email", ...NOTES_SCOPES].join(" "),
      API_ROUTES_FILE: routesFile,
      LEDGER_FILE: join(dataFolder, "ledger.sqlite"),
      SESSION_LIST: "true",
      INSTANCES: "1",
      WORKERS: "1",
    },
    issuedSecrets: () => idp.issuedSecrets(),
    async close() {
      await Promise.all([api.close(), archive?.close(), idp.close(), plain.close(), mirror.close()]);
    },
  };
}
