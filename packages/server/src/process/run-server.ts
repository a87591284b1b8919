import {
  joinObservers,
  renderRefusalPage,
  securityHeaders,
  type createBff,
  type Observer,
  type Tracing,
} from "@coatcheck/bff";
import { acceptSockets } from "@coatcheck/bff/node";
import type { Settings } from "../environment/parse-environment.ts";
import type { Rereading } from "../secrets/reread-secrets.ts";
import { createSecretRereading } from "../secrets/reread-secrets.ts";
import type { SettingsReading, SettingsSource } from "../secrets/settings-source.ts";
import { loadStaticSite } from "../static/static-site.ts";
import { composeFrontends, type ComposedFrontends, type FrontendParts } from "./compose-frontends.ts";
import { createHttpServer } from "./http-server.ts";
import { loadTelemetry } from "./load-telemetry.ts";
import { openLedger } from "./open-ledger.ts";
import type { WriteLog } from "./write-log.ts";

export interface RunServerOptions {
  readonly settings: Settings;
  /** Where they came from, and what was read there. */
  readonly source: SettingsSource;
  readonly started: SettingsReading;
  readonly log: WriteLog;
  /** Default: the production one. */
  readonly createBff?: typeof createBff | undefined;
  /** Whoever counts. */
  readonly observer?: Observer | undefined;
  /** Told where traces are drawn, if they are. */
  readonly onTracing?: ((tracing: Tracing) => void) | undefined;
  readonly onReread?: ((outcome: Rereading) => void) | undefined;
  /** A socket that listens already. Default: one is opened, as the settings say. */
  readonly listenFd?: number | undefined;
  readonly newKeySealsAfterMs?: number | undefined;
}

export interface RunningServer {
  /** Reads the files of secrets again. Never rejects. */
  reread(): Promise<Rereading>;
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
  if (telemetry !== undefined) options.onTracing?.(telemetry.tracing);
  const shared = await openLedger(settings, log);
  try {
    const observers = [options.observer, telemetry?.observer].filter((one) => one !== undefined);
    const observer = joinObservers(observers);
    const { createBff: create } = options;
    const parts = { ...shared, sites, log, observer, createBff: create, tracing: telemetry?.tracing };
    return await serveOn(parts, options);
  } catch (error) {
    // Whoever embeds it lives on, and would keep the ledger and its connection.
    await shared.ledger.close();
    throw error;
  }
}

async function serveOn(parts: FrontendParts, options: RunServerOptions): Promise<RunningServer> {
  const { settings, log } = options;
  let current = composeFrontends(settings.frontends, parts);
  /** Those that still answer: the current ones, and those before that have requests under way. */
  const answering = new Set([current]);
  const server = createHttpServer({
    listener: (request, response) => current.listener(request, response),
    maxConnections: settings.maxConnections,
    securityHeaders: securityHeaders("data", settings.bff),
    pages: {
      headers_too_large: await renderRefusalPage("headers_too_large", settings.bff),
      uri_too_long: await renderRefusalPage("uri_too_long", settings.bff),
    },
  });
  acceptSockets(server.raw, (incoming) => current.chooseSocketBff(incoming));
  const further = Object.keys(settings.bff.providers ?? {});
  await current.ready();
  await server.listen({ ...settings, fd: options.listenFd });
  log({
    level: "info",
    event: "listening",
    origin: originsOf(settings),
    ...(options.listenFd === undefined
      ? { host: settings.host, port: settings.port }
      : { fd: options.listenFd }),
    pid: process.pid,
    ...(further.length === 0 ? {} : { providers: ["default", ...further].join(" ") }),
  });

  async function retire(old: ComposedFrontends): Promise<void> {
    // Unlike a request, a WebSocket may be under way for days.
    old.closeSockets();
    await server.answered();
    await old.drain();
    // A shutdown closes all of them itself.
    if (answering.delete(old)) await old.close();
  }

  /** Requests under way keep what they began with; the next one gets the new configuration, whole. */
  async function replaceFrontends({ frontends, ...rest }: Settings): Promise<void> {
    const next = composeFrontends(frontends, parts);
    await next.ready();
    await next.askProviders();
    parts.renew?.(rest);
    const old = current;
    answering.add(next);
    current = next;
    void retire(old);
  }

  const rereading = createSecretRereading({
    ...options,
    apply: replaceFrontends,
    onReread: (outcome) => options.onReread?.(outcome),
  });
  return {
    reread: () => rereading.now(),
    async drain() {
      const { drainSeconds, drainNoticeSeconds } = settings;
      const deadline = delay(drainSeconds * 1000 + drainNoticeSeconds * 1000);
      log({ level: "info", event: "draining" });
      rereading.stop();
      // Turns `/readyz` unready at once; what it waits for may still be begun by requests that are running.
      const drain = () => Promise.all(Array.from(answering, (one) => one.drain()));
      const drained = drain();
      await delay(drainNoticeSeconds * 1000).done;
      // Not before: who comes back at once shall find another process.
      for (const one of answering) one.closeSockets();
      const cutOff = await server.close(drainSeconds * 1000);
      await Promise.race([drained.then(drain), deadline.done]);
      deadline.cancel();
      await Promise.all(Array.from(answering, (one) => one.close()));
      await parts.ledger.close();
      log({
        level: cutOff === 0 ? "info" : "warn",
        event: "stopped",
        pid: process.pid,
        requestsCutOff: cutOff,
      });
    },
  };
}

function originsOf({ frontends }: Settings): string {
  return Array.from(new Set(frontends.map(({ bff }) => bff.publicOrigin + (bff.basePath ?? "")))).join(" ");
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
