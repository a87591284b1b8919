import type { RequestListener } from "node:http";
import {
  joinObservers,
  securityHeaders,
  type BffConfig,
  type createBff,
  type Observer,
  type Tracing,
} from "@coatcheck/bff";
import { acceptSockets } from "@coatcheck/bff/node";
import type { Frontend } from "../environment/frontends.ts";
import type { Settings } from "../environment/parse-environment.ts";
import { createNoncedHtml } from "../static/nonced-html.ts";
import { answerStatic, type StaticOptions } from "../static/static-answer.ts";
import { loadStaticSite, SERVICE_WORKER_PATH, type StaticSite } from "../static/static-site.ts";
import { createFrontendListener, type ServedFrontend } from "./answer-frontends.ts";
import { createChooseFrontend } from "./choose-frontend.ts";
import { composeBff, type ComposedBff } from "./compose-bff.ts";
import { loadTelemetry } from "./load-telemetry.ts";
import { createHttpServer } from "./http-server.ts";
import type { WriteLog } from "./write-log.ts";
import { openLedger, type Shared } from "./open-ledger.ts";

export interface RunServerOptions {
  readonly settings: Settings;
  readonly log: WriteLog;
  /** Default: the production one. */
  readonly createBff?: typeof createBff | undefined;
  /** Whoever counts. */
  readonly observer?: Observer | undefined;
}

export interface RunningServer {
  /**
   * Ends in order: unready, then no new connection, then running requests and token calls, then the ledger.
   *
   * Bounded by `DRAIN_SECONDS`; a token call that takes longer is lost to this process, but not to the session: the
   * ledger knows that it was begun.
   */
  drain(): Promise<void>;
}

/**
 * Starts one process of the application: BFF, API routes and the built page on one port.
 *
 * @throws {ServerError} `web_missing`, `port_taken`, `ledger_unusable`, `telemetry_missing`; {BffError} `config_invalid`
 */
export async function runServer(options: RunServerOptions): Promise<RunningServer> {
  const { settings, log } = options;
  const sites = await Promise.all(settings.frontends.map(({ webRoot }) => loadStaticSite(webRoot)));
  const telemetry = await loadTelemetry(settings, log);
  const shared = await openLedger(settings, log);
  try {
    const observers = [options.observer, telemetry?.observer].filter((one) => one !== undefined);
    const observer = joinObservers(observers);
    return await serveOn(shared, sites, { ...options, observer, tracing: telemetry?.tracing });
  } catch (error) {
    // Whoever embeds it lives on, and would keep the ledger and its connection.
    await shared.ledger.close();
    throw error;
  }
}

async function serveOn(
  shared: Shared,
  sites: readonly StaticSite[],
  {
    settings,
    log,
    createBff: create,
    observer,
    tracing,
  }: RunServerOptions & { readonly tracing: Tracing | undefined },
): Promise<RunningServer> {
  function serveFrontend(
    frontend: Frontend,
    site: StaticSite,
  ): ServedFrontend & { readonly composed: ComposedBff } {
    const { name, bff: config } = frontend;
    const composed = composeBff({
      ...shared,
      config,
      log: name === "" ? log : (line) => log(Object.assign({}, line, { frontend: name })),
      createBff: create,
      observer,
      tracing,
      isFile: (path) => site.files.has(path),
    });
    return { ...frontend, composed, listener: createListener(composed, site, config) };
  }
  const [first, ...others] = settings.frontends.map((frontend, index) =>
    serveFrontend(frontend, sites[index] as StaticSite),
  );
  if (first === undefined) throw new TypeError("a server serves at least one frontend");
  const all = [first, ...others] as const;
  // Nothing to choose, and nothing to take off.
  const isAlone = first.name === "" && first.bff.basePath === undefined;
  const choose = createChooseFrontend(all);
  const server = createHttpServer({
    listener: isAlone ? first.listener : createFrontendListener(all, choose),
    maxConnections: settings.maxConnections,
    securityHeaders: securityHeaders("data", settings.bff),
  });
  acceptSockets(server.raw, (incoming) => {
    const { url: rawTarget = "/", headers } = incoming;
    if (isAlone) return { bff: first.composed.bff, rawTarget };
    const chosen = choose(headers.host, rawTarget);
    return chosen.kind === "found"
      ? { bff: chosen.served.composed.bff, rawTarget: chosen.rawTarget }
      : undefined;
  });
  const further = Object.keys(settings.bff.providers ?? {});
  await Promise.all(all.map(({ composed }) => composed.bff.ready()));
  await server.listen(settings.port, settings.host);
  log({
    level: "info",
    event: "listening",
    origin: Array.from(new Set(all.map(({ bff }) => bff.publicOrigin + (bff.basePath ?? "")))).join(" "),
    host: settings.host,
    port: settings.port,
    pid: process.pid,
    ...(further.length === 0 ? {} : { providers: ["default", ...further].join(" ") }),
  });

  return {
    async drain() {
      const { drainSeconds, drainNoticeSeconds } = settings;
      const deadline = delay(drainSeconds * 1000 + drainNoticeSeconds * 1000);
      log({ level: "info", event: "draining" });
      // Turns `/readyz` unready at once; what it waits for may still be begun by requests that are running.
      const drain = () => Promise.all(all.map(({ composed }) => composed.bff.drain()));
      const drained = drain();
      await delay(drainNoticeSeconds * 1000).done;
      // Not before: who comes back at once shall find another process.
      for (const { composed } of all) composed.bff.closeSockets();
      const cutOff = await server.close(drainSeconds * 1000);
      await Promise.race([drained.then(drain), deadline.done]);
      deadline.cancel();
      await shared.ledger.close();
      for (const { composed } of all) composed.close();
      log({
        level: cutOff === 0 ? "info" : "warn",
        event: "stopped",
        pid: process.pid,
        requestsCutOff: cutOff,
      });
    },
  };
}

/** What the BFF owns, in whatever spelling, goes to it alone; of the rest, the page answers what it has. */
function createListener(
  { bff, answer: answerByBff }: ComposedBff,
  site: StaticSite,
  config: BffConfig,
): RequestListener {
  const ofHtml = { ...config, hasServiceWorker: site.files.has(SERVICE_WORKER_PATH) };
  const page: StaticOptions = {
    site,
    basePath: config.basePath ?? "",
    isPage: bff.isPage,
    htmlHeaders: securityHeaders("html", ofHtml),
    assetHeaders: securityHeaders("asset", config),
    workerHeaders: securityHeaders("worker", config),
    ...(config.page?.styleNonce === true
      ? {
          newHtml: createNoncedHtml(site.index, (styleNonce) =>
            securityHeaders("html", { ...ofHtml, styleNonce }),
          ),
        }
      : {}),
  };
  return (request, response) => {
    const rawTarget = request.url ?? "";
    const { method = "", headers } = request;
    const answer = bff.owns(rawTarget) ? undefined : answerStatic({ method, rawTarget, headers }, page);
    if (answer === undefined) {
      answerByBff(request, response);
      return;
    }
    response.writeHead(answer.status, answer.headers.flat());
    response.end(answer.body);
  };
}

interface Delay {
  readonly done: Promise<void>;
  cancel(): void;
}

function delay(ms: number): Delay {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return { done: promise, cancel: () => clearTimeout(timer) };
}
