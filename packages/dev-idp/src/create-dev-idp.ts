import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthorizationServer, pagePolicy } from "./authorization-server.ts";
import { createControlApi } from "./control/control-api.ts";
import { createControlPage } from "./control/control-page.ts";
import { createControlCalls } from "./control/control-calls.ts";
import { createCounters, type DevIdpCounters } from "./control/counters.ts";
import { DevIdpError } from "./dev-idp-error.ts";
import { resolveOptions, type DevIdpOptions } from "./options/dev-idp-options.ts";
import { createFaultBoard } from "./control/fault-board.ts";
import { createInteractions } from "./interactions.ts";
import { createLogoutSender } from "./logout-sender.ts";
import type { DevIdpUser } from "./options/demo-users.ts";
import type { CertificateAuthority } from "./mutual-tls/certificate-authority.ts";
import { createMutualTls, writeCertificates } from "./mutual-tls/start-mutual-tls.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createPeople } from "./people.ts";
import { createProtocolEndpoints } from "./protocol/protocol-endpoints.ts";
import { endpointOfPath } from "./protocol/request-subject.ts";
import { rememberIssuedSecrets, type IssuedSecret } from "./issued-secrets.ts";
import { completeSigningKeys, generateSigningKeys } from "./signing-keys.ts";
import { watchClientSecrets } from "./control/client-secrets.ts";
import { createTokenLifetimes } from "./token-lifetimes.ts";

/** A running authorization server. */
export interface DevIdp {
  /** Also the address of a page with the fault switches, and the base URL of the control API, at `/control`. */
  readonly issuer: string;
  readonly port: number;
  /** Who can sign in by now. */
  users(): readonly DevIdpUser[];
  /** Everybody's counters, or one person's. */
  counters(user?: string): DevIdpCounters;
  /** Every token, code and verifier so far, for a search through what others could see. */
  issuedSecrets(): readonly IssuedSecret[];
  /** Where clients with certificates are asked for them, and who signs certificates that it knows; with `mutualTls` only. */
  readonly mutualTls?: { readonly origin: string; readonly authority: CertificateAuthority };
  /** Stops at once, held and open connections included. */
  close(): Promise<void>;
}

/**
 * Longer than clients keep idle connections. Without this, a server that closes first turns a client's next token request
 * into a connection reset, which nobody asked for.
 */
const KEEP_ALIVE_MS = 75_000;

/**
 * Makes and starts a real authorization server (oidc-provider) with public passwords and fault switches, for development and
 * tests.
 *
 * Refresh tokens work once, reuse revokes the whole grant, PKCE is required. All state is in memory.
 *
 * @throws {DevIdpError} `refuses_production`, `host_not_loopback`, `port_taken`, `options_invalid`
 */
export async function createDevIdp(rawOptions: DevIdpOptions): Promise<DevIdp> {
  const options = resolveOptions(rawOptions);
  const signingKeys = await completeSigningKeys(
    rawOptions.signingKeys ?? (await generateSigningKeys()),
    options.clients.map(({ idTokenSigningAlgorithm }) => idTokenSigningAlgorithm),
  );
  const { tls } = options;
  const server: Server =
    tls === undefined
      ? createServer({ keepAliveTimeout: KEEP_ALIVE_MS })
      : createTlsServer({ keepAliveTimeout: KEEP_ALIVE_MS, ...tls });
  const port = await listen(server, options.host, options.port);
  const address = addressOf(options.host, port);
  const { origin: issuer } = new URL(`${tls === undefined ? "http" : "https"}://${address}`);

  const mutual =
    options.mutualTls === undefined ? undefined : await createMutualTls(options.host, KEEP_ALIVE_MS);
  const mutualTlsOrigin =
    mutual === undefined
      ? undefined
      : `https://${addressOf(options.host, await listen(mutual.server, options.host, options.mutualTls?.port ?? 0))}`;
  if (mutual !== undefined && options.mutualTls?.folder !== undefined)
    await writeCertificates(options.mutualTls.folder, mutual.authority, options.clients);

  const store = createMemoryStore(Date.now, options.refreshTokenGraceSeconds);
  const people = createPeople(options.users);
  const counters = createCounters();
  const lifetimes = createTokenLifetimes(options.accessTokenSeconds);
  const faults = createFaultBoard((request) => counters.add("faultsApplied", request.accountId));
  const frame = { appName: options.appName, providerName: options.providerName, address };
  const policy = pagePolicy(options);

  const provider = createAuthorizationServer({
    issuer,
    options,
    signingKeys,
    cookieKeys: rawOptions.cookieKeys ?? [randomBytes(32).toString("base64url")],
    store,
    people,
    counters,
    frame,
    mutualTlsOrigin,
    accessTokenSecondsOf: lifetimes.secondsFor,
  });
  const issuedSecrets = rememberIssuedSecrets(provider);
  const clientSecrets = watchClientSecrets(provider);
  Object.assign(provider, { onerror: options.onDefect });
  provider.on("server_error", (_ctx, error) => options.onDefect(error));
  provider.use(async (ctx, next) => {
    ctx.set({ "content-security-policy": policy, "x-content-type-options": "nosniff" });
    ctx.set("referrer-policy", "same-origin");
    await next();
  });
  const answerMachines = createProtocolEndpoints({
    provider,
    store,
    counters,
    faults,
    refreshTokenInRefreshes: options.refreshTokenInRefreshes,
  });
  const answerPeople = createInteractions({ provider, people, frame, policy });
  const control = createControlCalls({
    counters,
    faults,
    lifetimes,
    clientSecrets,
    store,
    people,
    clients: options.clients,
    resources: options.resources,
    issuedSecrets,
    sendLogouts: createLogoutSender({ issuer, clients: options.clients, signingKeys, store }),
  });
  const answerControl = createControlApi(control);
  const answerControlPage = createControlPage({ control, people, faults, counters, lifetimes, frame });
  const answerRest = provider.callback();

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", issuer);
    const path = url.pathname;
    if (path === "/") return answerControlPage(request, response);
    if (path.startsWith("/control/")) return answerControl(request, response, url);
    if (path.startsWith("/interaction/")) return answerPeople(request, response, path);
    const endpoint = endpointOfPath(path);
    if (endpoint !== undefined) return answerMachines(request, response, endpoint);
    return answerRest(request, response);
  }

  const servers = mutual === undefined ? [server] : [server, mutual.server];
  function answer(request: IncomingMessage, response: ServerResponse): void {
    route(request, response).catch((error: unknown) => {
      // A connection that broke while its body was read, or a defect: either way this request ends, and nothing else.
      options.onDefect(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  }
  for (const one of servers) one.on("request", answer);

  return {
    issuer,
    port,
    users: () => people.list(),
    counters: (user) => counters.read(user),
    issuedSecrets,
    ...(mutual === undefined || mutualTlsOrigin === undefined
      ? {}
      : { mutualTls: { origin: mutualTlsOrigin, authority: mutual.authority } }),
    async close() {
      faults.clear();
      await Promise.all(servers.map(close));
    },
  };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function addressOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "port_taken" : "options_invalid";
      reject(
        new DevIdpError(
          code,
          `Can't listen on ${host}:${port} (${cause.code ?? "unknown"}): take another \`port\`, or stop what listens there.`,
          { cause },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
