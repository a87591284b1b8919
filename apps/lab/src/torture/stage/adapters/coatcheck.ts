import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BFF_PATHS, GUARD_HEADER, GUARD_HEADER_VALUE } from "@coatcheck/contract";
import { startServerProcess } from "@coatcheck/demo";
import { startChildServer } from "../child-server.ts";
import { API_PREFIXES } from "../stage.ts";
import type { TargetInstance, TortureTarget, TargetSetting } from "../target.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../../../../../package.json", import.meta.url), "utf8"),
) as { readonly version: string };

/** Our own production server (`pnpm serve`), configured by its environment alone. */
export const coatcheck: TortureTarget = {
  name: "coatcheck",
  version,
  configuration: "pnpm serve with its defaults; the ledger and the number of processes as the run says",
  callbackPath: BFF_PATHS.callback,
  loginPath: BFF_PATHS.login,
  apiPath: `${API_PREFIXES[0]}?limit=1`,
  logout: { method: "POST", path: BFF_PATHS.logout, json: {} },
  pageHeaders: { [GUARD_HEADER]: GUARD_HEADER_VALUE },
  expiresLateMs: 0,
  async start(port, setting): Promise<TargetInstance> {
    const pids = new Set<number>();
    const storeChanges: string[] = [];
    let whenReplaced: (() => void) | undefined;
    const server = await startServerProcess({
      entry: "serve",
      environment: { ...(await environmentOf(setting)), PORT: String(port), ...setting.environment },
      onLine(line) {
        const pid = /"event":"listening".*"pid":(\d+)/.exec(line)?.[1];
        if (pid !== undefined) pids.add(Number(pid));
        const change = /"event":"(ledger_down|ledger_up)"/.exec(line)?.[1];
        if (change !== undefined) storeChanges.push(change);
        if (line.includes('"event":"workers_replaced"')) whenReplaced?.();
      },
    });
    const isRunning = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        // No such process.
        return false;
      }
    };
    const replace = (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      whenReplaced = resolve;
      process.kill(server.pid, "SIGUSR2");
      return promise;
    };
    return {
      pids: () => [...pids].filter(isRunning),
      storeChanges: () => storeChanges,
      replacesItsOwn: setting.workers > 1,
      ...(setting.workers > 1 ? { replace } : {}),
      async stop(signal) {
        await server.stop(signal);
      },
    };
  },
};

/** The same process, with API calls through the Hono app. */
export const coatcheckThroughApp: TortureTarget = {
  ...coatcheck,
  name: "coatcheck-through-app",
  configuration: `${coatcheck.configuration}; API calls through the Hono app`,
  start: async (port, setting) =>
    startChildServer({
      entry: new URL("../../../bench/through-app.server.ts", import.meta.url),
      environment: { ...(await environmentOf(setting)), PORT: String(port), ...setting.environment },
    }),
};

/** The production server of another checkout. @param entry its command line, `packages/server/src/coatcheck.ts` there */
export function coatcheckOf(entry: URL, name: string): TortureTarget {
  return {
    ...coatcheck,
    name,
    start: async (port, setting) =>
      startChildServer({
        entry,
        args: ["serve"],
        environment: {
          ...(await environmentOf(setting)),
          PORT: String(port),
          // As `pnpm serve` starts this one.
          NODE_OPTIONS: "--max-semi-space-size=8",
          ...setting.environment,
        },
      }),
  };
}

async function environmentOf(setting: TargetSetting): Promise<Record<string, string>> {
  const webRoot = join(setting.folder, "web");
  await mkdir(webRoot, { recursive: true });
  await writeFile(join(webRoot, "index.html"), "<!doctype html><title>Torture</title>");
  const routesFile = join(setting.folder, "api-routes.json");
  const bench = setting.upstream === undefined ? [] : [{ prefix: "/api/bench", upstream: setting.upstream }];
  await writeFile(routesFile, JSON.stringify([...setting.routes, ...bench]));
  const { ledger } = setting;
  return {
    PUBLIC_ORIGIN: setting.origin,
    DANGEROUSLY_ALLOW_HTTP: "loopback",
    ...secretVariables(setting),
    OIDC_ISSUER: setting.issuer,
    OAUTH_CLIENT_ID: setting.clientId,
    OAUTH_SCOPE: ["openid profile email", ...setting.apiScopes].join(" "),
    API_ROUTES_FILE: routesFile,
    WEB_ROOT: webRoot,
    WORKERS: String(setting.workers),
    // Machines: processes that share a file are on one.
    INSTANCES: ledger.kind === "sqlite" ? "1" : String(setting.instances),
    ...ledgerVariable(ledger),
  };
}

function secretVariables({ secret, clientSecret, secretFiles }: TargetSetting): Record<string, string> {
  return secretFiles === undefined
    ? { COOKIE_KEYS: secret, OAUTH_CLIENT_SECRET: clientSecret }
    : { COOKIE_KEYS_FILE: secretFiles.cookieKeys, OAUTH_CLIENT_SECRET_FILE: secretFiles.clientSecret };
}

function ledgerVariable(ledger: TargetSetting["ledger"]): Record<string, string> {
  if (ledger.kind === "sqlite") return { LEDGER_FILE: ledger.file };
  return ledger.kind === "redis" ? { LEDGER_REDIS_URL: ledger.url } : { LEDGER_POSTGRES_URL: ledger.url };
}
