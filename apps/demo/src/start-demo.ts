import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createDevIdpControl,
  DEMO_USERS,
  type DevIdpControl,
  type DevIdpUser,
  type IssuedSecret,
} from "@coatcheck/dev-idp";
import { startDemoBackends, type DemoBackendOptions } from "./demo-backends.ts";
import { startServerProcess, type ProcessExit, type ServerProcess } from "./server-process.ts";
import { builtWebFolder } from "./web-build.ts";

export interface DemoOptions extends Omit<DemoBackendOptions, "dataFolder"> {
  /** Where secrets, notes and ledger live. Default: a temporary folder that goes with the demo. */
  readonly dataFolder?: string;
  /** The built page. Default `apps/web/dist`; it must have been built. */
  readonly webRoot?: string;
  /** `demo` (default) has the demo routes; `serve` is the production server as it is. */
  readonly entry?: "demo" | "serve";
  /** Variables of the server, over the demo's own; `undefined` takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Gets every log line of the server. */
  readonly onLine?: (line: string) => void;
}

/** A running demo: identity provider and notes API in this process, the server in one of its own. */
export interface Demo {
  /** `http://localhost:<port>`: another site than the provider's 127.0.0.1. */
  readonly appUrl: string;
  readonly idpUrl: string;
  readonly apiUrl: string;
  readonly control: DevIdpControl;
  readonly users: readonly DevIdpUser[];
  readonly dataFolder: string;
  /** Client secret, cookie keys and the like: none of them may ever be seen from outside. */
  readonly secrets: readonly string[];
  /** Every token, code and verifier of the provider so far. */
  issuedSecrets(): readonly IssuedSecret[];
  /** The server's log lines up to now, over restarts. */
  logs(): readonly string[];
  serverPid(): number;
  /** Resolves when the server that runs now has ended, however it ended. */
  serverExit(): Promise<ProcessExit>;
  /** Stops the server; resolves when it has ended. Default SIGTERM. */
  stopServer(signal?: "SIGTERM" | "SIGKILL"): Promise<ProcessExit>;
  /** Starts it again, at the same port. */
  startServer(): Promise<void>;
  /** Stops it and starts it again. */
  restartServer(options?: { readonly signal?: "SIGTERM" | "SIGKILL" }): Promise<ProcessExit>;
  /** Stops everything. */
  stop(): Promise<void>;
}

/** Starts identity provider, notes API and server on free ports, wired to one another, and waits until all answer. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const isTemporary = options.dataFolder === undefined;
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), "coatcheck-demo-")));
  const backends = await startDemoBackends({ ...options, dataFolder });
  const { appUrl, idpUrl, apiUrl, state } = backends;
  const environment = {
    ...backends.environment,
    WEB_ROOT: options.webRoot ?? builtWebFolder,
    ...(options.entry === "serve" ? {} : { DEMO_IDP_URL: idpUrl, DEMO_PLAIN_URL: backends.plainUrl }),
    ...options.environment,
  };
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
    options.onLine?.(line);
  };
  const spawnServer = (): Promise<ServerProcess> =>
    startServerProcess({ entry: options.entry ?? "demo", environment, onLine });

  async function closeBackends(): Promise<void> {
    await backends.close();
    if (isTemporary) await rm(dataFolder, { recursive: true, force: true });
  }

  let server: ServerProcess;
  try {
    server = await spawnServer();
  } catch (error) {
    await closeBackends();
    throw error;
  }

  return {
    appUrl,
    idpUrl,
    apiUrl,
    control: createDevIdpControl(idpUrl),
    users: DEMO_USERS,
    dataFolder,
    secrets: [state.clientSecret, backends.plainClientSecret, ...state.cookieKeys, ...state.idpCookieKeys],
    issuedSecrets: () => backends.issuedSecrets(),
    logs: () => lines,
    serverPid: () => server.pid,
    serverExit: () => server.exited,
    stopServer: (signal = "SIGTERM") => server.stop(signal),
    async startServer() {
      server = await spawnServer();
    },
    async restartServer({ signal = "SIGTERM" } = {}) {
      const exit = await server.stop(signal);
      server = await spawnServer();
      return exit;
    },
    async stop() {
      await server.stop("SIGTERM");
      await closeBackends();
    },
  };
}
