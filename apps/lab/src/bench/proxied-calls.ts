import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GUARD_HEADER, GUARD_HEADER_VALUE } from "@coatcheck/contract";
import {
  createHttpBrowser,
  startDemoBackends,
  startServerProcess,
  type ServerProcess,
} from "@coatcheck/demo";
import { percentile } from "../torture/percentile.ts";
import { processCpuMs } from "./process-cpu.ts";

/** What one kind of call cost in one round. */
export interface CallCost {
  /** The server's CPU time a call, milliseconds; the time on the wall where the system doesn't tell. */
  readonly costMs: number;
  /** From sending to the last byte, the median of the round, milliseconds. */
  readonly latencyMs: number;
}

/** The same calls through the same server: without a session, and with one whose token is fresh. */
export interface ProxiedRound {
  readonly anonymous: CallCost;
  readonly authenticated: CallCost;
}

export interface ProxiedOptions {
  readonly rounds: number;
  /** Of each kind, a round. */
  readonly calls: number;
  /** Calls under way at once. */
  readonly parallel: number;
}

const ANSWER = JSON.stringify({ coats: Array.from({ length: 20 }, (_, index) => `coat ${index}`) });
const WARM_UP_SHARE = 0.5;

interface Kind {
  readonly path: string;
  readonly cookie?: string;
}

/**
 * Measures the production server (`pnpm serve`, one worker, SQLite ledger) between this process's calls and an API in it.
 *
 * @throws {Error} if any call is answered with anything but 200: a fast refusal is no measurement
 */
export async function measureProxiedCalls(options: ProxiedOptions): Promise<readonly ProxiedRound[]> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-bench-"));
  const upstream = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(ANSWER);
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const backends = await startDemoBackends({
    ports: { app: 0, idp: 0, api: 0 },
    dataFolder: folder,
    accessTokenSeconds: 3600,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: options.parallel });
  let server: ServerProcess | undefined;
  try {
    const target = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const routesFile = join(folder, "bench-routes.json");
    const routes = [
      { prefix: "/api/open", upstream: target, tokenKind: "none" },
      { prefix: "/api/user", upstream: target },
    ];
    await Promise.all([
      writeFile(routesFile, JSON.stringify(routes)),
      writeFile(join(folder, "index.html"), "<!doctype html><title>Bench</title>"),
    ]);
    server = await startServerProcess({
      entry: "serve",
      environment: { ...backends.environment, API_ROUTES_FILE: routesFile, WEB_ROOT: folder },
      onLine: () => undefined,
    });
    const browser = createHttpBrowser(backends.appUrl);
    await browser.signIn({ username: "ada", password: "ticket" });
    const kinds = {
      anonymous: { path: "/api/open/coats" },
      authenticated: {
        path: "/api/user/coats",
        cookie: browser.jar.headerFor(new URL("/api/user/coats", backends.appUrl)),
      },
    };
    const { pid } = server;
    const measure = (kind: Kind, calls: number): Promise<CallCost> =>
      measureKind(new URL(kind.path, backends.appUrl), kind.cookie, { ...options, calls, pid, agent });

    const warmUpCalls = Math.ceil(options.calls * WARM_UP_SHARE);
    for (const kind of [kinds.anonymous, kinds.authenticated]) await measure(kind, warmUpCalls);
    const rounds: ProxiedRound[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      // Each goes first every other time: what slows the machine down hits both.
      const isAnonymousFirst = round % 2 === 0;
      const first = await measure(isAnonymousFirst ? kinds.anonymous : kinds.authenticated, options.calls);
      const second = await measure(isAnonymousFirst ? kinds.authenticated : kinds.anonymous, options.calls);
      rounds.push(
        isAnonymousFirst
          ? { anonymous: first, authenticated: second }
          : { anonymous: second, authenticated: first },
      );
    }
    return rounds;
  } finally {
    agent.destroy();
    await server?.stop("SIGTERM");
    upstream.closeAllConnections();
    await new Promise<void>((resolve) => upstream.close(() => resolve()));
    await backends.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureKind(
  url: URL,
  cookie: string | undefined,
  setting: { readonly calls: number; readonly parallel: number; readonly pid: number; readonly agent: Agent },
): Promise<CallCost> {
  const headers = {
    [GUARD_HEADER]: GUARD_HEADER_VALUE,
    accept: "application/json",
    "sec-fetch-site": "same-origin",
    ...(cookie === undefined ? {} : { cookie }),
  };
  const latencies: number[] = [];
  let left = setting.calls;
  async function callUntilDone(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const sentAt = performance.now();
      const status = await call(url, headers, setting.agent);
      if (status !== 200) throw new Error(`${url.pathname} answered ${status}.`);
      latencies.push(performance.now() - sentAt);
    }
  }
  const startedAt = performance.now();
  const cpuBefore = processCpuMs(setting.pid);
  await Promise.all(Array.from({ length: setting.parallel }, callUntilDone));
  const cpuAfter = processCpuMs(setting.pid);
  const wallMs = performance.now() - startedAt;
  const costMs = cpuBefore === undefined || cpuAfter === undefined ? wallMs : cpuAfter - cpuBefore;
  return { costMs: costMs / setting.calls, latencyMs: percentile(latencies, 0.5) };
}

function call(url: URL, headers: Readonly<Record<string, string>>, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, agent, timeout: 10_000 }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", reject);
    });
    request.once("timeout", () => request.destroy(new Error(`${url.pathname} took more than 10 s.`)));
    request.once("error", reject);
    request.end();
  });
}
