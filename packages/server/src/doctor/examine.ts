import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { once } from "node:events";
import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { createNodeFetch } from "@coatcheck/oauth/node";
import { diagnoseProvider, type OAuthPorts } from "@coatcheck/oauth";
import { isLoopbackHost } from "@coatcheck/contract";
import type { ApiRoute } from "@coatcheck/bff";
import { DEFAULT_PROVIDER, parseBffConfig, type ProviderPlan } from "@coatcheck/bff/config";
import type { Frontend } from "../environment/frontends.ts";
import type { Settings } from "../environment/parse-environment.ts";
import { startMetricsServer } from "../metrics/metrics-server.ts";
import { createHttpServer } from "../process/http-server.ts";
import { ledgerKind, openLedger } from "../process/open-ledger.ts";
import { ServerError } from "../server-error.ts";
import { loadStaticSite } from "../static/static-site.ts";

/** Something that keeps this application from working as it is set up, and what to change. Never a secret. */
export interface DoctorFinding {
  /** `node`, `page`, `port`, `ledger`, `origin`, `egress`, `provider` (a further one with its name) or `api`. */
  readonly about: string;
  readonly problem: string;
  readonly fix: string;
  /** Nothing is wrong: something to know. */
  readonly isNote?: true;
}

type Findings = readonly DoctorFinding[];

/** As `engines` says: older ones don't read TypeScript as it is. */
const OLDEST_NODE = [22, 18] as const;
const PROBE_WITHIN_MS = 5_000;

/**
 * Tries everything around the server that can be tried before it starts: nobody is signed in, the port is taken for a moment
 * only, and nothing is changed, but that the ledger's file is there afterwards.
 *
 * @param ports default: the system's clock and network
 * @returns nothing, or notes alone, where all is well
 */
export async function examine(
  settings: Settings,
  ports: Partial<Pick<OAuthPorts, "nowMs">> = {},
): Promise<Findings> {
  const fetch = createNodeFetch();
  try {
    const found = await Promise.all([
      trying("port", () => tryPort(settings)),
      trying("port", () => tryMetricsPort(settings)),
      trying("ledger", () => tryLedger(settings)),
      ...settings.frontends.flatMap((frontend) =>
        examineFrontend(frontend, { fetch, nowMs: () => Date.now(), ...ports }),
      ),
    ]);
    return [...examineNode(process.versions.node), ...found.flat()];
  } finally {
    fetch.close();
  }
}

/** What belongs to one application; where there are several, its name stands in what is found. */
function examineFrontend({ name, bff, webRoot }: Frontend, ports: OAuthPorts): readonly Promise<Findings>[] {
  const parsed = parseBffConfig(bff);
  if (parsed.kind === "invalid") return [];
  const { publicOrigin, providers } = parsed.settings;
  const found = [
    trying("page", () => loadStaticSite(webRoot)),
    examineOrigin(publicOrigin),
    ...providers.map((plan) => examineProvider(plan, ports)),
    ...bff.routes.map((route) => examineApi(route)),
  ];
  if (name === "") return found;
  return found.map(async (findings) => (await findings).map((finding) => named(finding, name)));
}

function named(finding: DoctorFinding, name: string): DoctorFinding {
  return { ...finding, about: `${name}: ${finding.about}` };
}

function examineNode(version: string): Findings {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return [];
  return [
    {
      about: "node",
      problem: `This is Node.js ${version}.`,
      fix: `Use Node.js ${OLDEST_NODE.join(".")} or later.`,
    },
  ];
}

/** What the server itself would fail with. */
async function trying(about: string, attempt: () => Promise<unknown>): Promise<Findings> {
  try {
    await attempt();
    return [];
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const { problem, fix } = error;
    return [{ about, problem: `${problem}.`, fix: fix.charAt(0).toUpperCase() + fix.slice(1) }];
  }
}

async function tryPort({ port, host }: Settings): Promise<void> {
  const server = createHttpServer({
    listener: (_, response) => response.end(),
    maxConnections: 1,
    securityHeaders: [],
  });
  await server.listen({ port, host });
  await server.close(0);
}

async function tryMetricsPort({ metricsPort: port, metricsHost: host }: Settings): Promise<void> {
  if (port === undefined) return;
  const collect = () => Promise.reject(new Error("nothing is counted"));
  const server = await startMetricsServer({ port, host, collect });
  server.close();
}

async function tryLedger(settings: Settings): Promise<void> {
  const { ledgerFile } = settings;
  const isNewFile = ledgerKind(settings) === "sqlite" && !existsSync(ledgerFile);
  const { ledger } = await openLedger(settings, () => undefined);
  try {
    await ledger.probe();
  } catch (cause) {
    throw new ServerError(
      "ledger_unusable",
      "The ledger can be read, and doesn't keep what is written",
      "free its disk or memory, and allow it to be written.",
      { cause },
    );
  } finally {
    await ledger.close();
    // Without this, the server might find a file of whoever examined it, root for example.
    if (isNewFile) for (const end of ["", "-wal", "-shm"]) await rm(ledgerFile + end, { force: true });
  }
}

async function examineOrigin(publicOrigin: string): Promise<Findings> {
  const { hostname } = new URL(publicOrigin);
  if (isLoopbackHost(hostname)) return [];
  try {
    await lookup(hostname.replaceAll(/[[\]]/gu, ""));
    return [];
  } catch {
    return [
      {
        about: "origin",
        problem: `No address is known for ${hostname}.`,
        fix: "Correct PUBLIC_ORIGIN, or enter the name into DNS.",
      },
    ];
  }
}

async function examineProvider({ name, config }: ProviderPlan, ports: OAuthPorts): Promise<Findings> {
  const found = await diagnoseProvider(config, ports);
  const about = name === DEFAULT_PROVIDER ? "provider" : `provider ${name}`;
  return found.map((diagnosis) => Object.assign({ about }, diagnosis));
}

/** A connection will do: what an API says to nobody is its own matter. */
async function examineApi({ prefix, upstream }: ApiRoute): Promise<Findings> {
  const { origin, protocol, hostname, port } = new URL(upstream);
  const host = hostname.replaceAll(/[[\]]/gu, "");
  const socket =
    protocol === "https:"
      ? connectTls({ host, port: Number(port || 443), servername: isIP(host) === 0 ? host : "" })
      : connect({ host, port: Number(port || 80) });
  try {
    await once(socket, protocol === "https:" ? "secureConnect" : "connect", {
      signal: AbortSignal.timeout(PROBE_WITHIN_MS),
    });
    return [];
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return [
      {
        about: "api",
        problem: `The API of ${prefix} can't be reached at ${origin} (${code ?? name}).`,
        fix: "Start it, or correct the upstream of this route; for a certificate of your own authority set NODE_EXTRA_CA_CERTS.",
      },
    ];
  } finally {
    socket.destroy();
  }
}
