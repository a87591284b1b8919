import { BFF_PATHS } from "@coatcheck/contract";
import { createForward } from "@coatcheck/proxy";
import type { Hono } from "hono";
import type { BffConfig } from "./config/bff-config.ts";
import { compose } from "./compose.ts";
import { createDispatch } from "./dispatch.ts";
import type { Handle } from "./dispatch.ts";
import type { Extension } from "./extension.ts";
import { createFingerprints } from "./fingerprints.ts";
import { createHonoApp } from "./hono-adapter.ts";
import { createKeeper } from "./keeper.ts";
import { createBackground } from "./observe/background.ts";
import { createCleanLog } from "./observe/log.ts";
import { joinObservers } from "./observe/observer.ts";
import { isPagePath } from "./page-path.ts";
import type { Parts } from "./parts.ts";
import type { BffPorts } from "./ports.ts";
import { createReadiness } from "./readiness.ts";
import { createRouteTable } from "./route-table.ts";
import { createActivityRoute } from "./routes/activity-route.ts";
import { createApiRoute } from "./routes/api-route.ts";
import { createBackchannelLogoutRoute } from "./routes/backchannel-logout-route.ts";
import { createCallbackRoute } from "./routes/callback-route.ts";
import { createCspReportRoute } from "./routes/csp-report-route.ts";
import { createHealthRoute, createReadinessRoute } from "./routes/health-routes.ts";
import type { Readiness } from "./routes/health-routes.ts";
import { createLoginRoute } from "./routes/login-route.ts";
import { createLogoutProviderRoute } from "./routes/logout-provider-route.ts";
import { createLogoutRoute } from "./routes/logout-route.ts";
import { createRefreshRoute } from "./routes/refresh-route.ts";
import { createSessionRoute } from "./routes/session-route.ts";
import { createUserinfoRoute } from "./routes/userinfo-route.ts";
import { createValidateRoute } from "./routes/validate-route.ts";
import { createSessionDesk } from "./session/session-desk.ts";
import { createSessionEnder } from "./session/session-ender.ts";
import { createSessionEnds } from "./session/session-ends.ts";
import { createTokenAccess } from "./session/token-access.ts";
import { createTimers } from "./timers.ts";

/** The counter: one origin's sign-in, session and API calls. */
export interface Bff {
  /** Everything as a Hono app; mount the SPA's files after it. */
  readonly app: Hono;
  /** The same without a framework. Never rejects. */
  readonly handle: Handle;
  /** For a raw request target: ours, in whatever spelling. */
  readonly owns: (rawTarget: string) => boolean;
  readonly isApiPath: (rawTarget: string) => boolean;
  /**
   * Whether a document navigation to a path gets the page: neither ours, nor an API's, nor a file's (`BffPorts.isFile`). A
   * server of the page that asks this answers where `returnTo` leads, and nowhere else.
   *
   * @param path without query and fragment, as browsers send it.
   */
  readonly isPage: (path: string) => boolean;
  readiness(): Promise<Readiness>;
  /** Resolves when this process knows which sessions have ended; serve after it. Never rejects. */
  ready(): Promise<void>;
  /** Turns unready, and resolves when everything that was begun is recorded: token calls, revocations. Close the ledger after it. */
  drain(): Promise<void>;
}

const REQUEST_ID_BYTES = 8;

/**
 * Composes the BFF.
 *
 * @throws {BffError} `config_invalid`: everything that is wrong at once, each with its fix.
 */
export function createBff(config: BffConfig, ports: BffPorts, extensions: readonly Extension[] = []): Bff {
  const log = createCleanLog(ports.log ?? (() => undefined));
  const { settings, provider, sessions } = compose(config, ports, () => keeper.noteProviderUp());
  const { nowMs, monotonicMs, randomBytes } = ports;
  const background = createBackground((error) =>
    log({
      level: "error",
      event: "internal_error",
      during: "background",
      kind: error instanceof Error ? error.name : typeof error,
    }),
  );
  const fingerprints = createFingerprints(ports.mac);
  const timers = createTimers(ports);
  const ends = createSessionEnds({
    onSessionEnd: ports.onSessionEnd,
    fingerprints,
    background,
    log,
    startTimer: timers.start,
  });
  const observer = joinObservers([
    { tokens: (event) => ends.observe(event) },
    ...(ports.observer === undefined ? [] : [ports.observer]),
    ...extensions.flatMap((extension) => extension.createObserver?.({ nowMs }) ?? []),
  ]);
  const keeper = createKeeper(settings, provider, { ...ports, log, observer }, timers);
  let isDraining = false;
  const ender = createSessionEnder({
    keeper,
    provider,
    ends,
    background,
    fingerprints,
    log,
    delay: (ms) => new Promise((resolve) => void timers.start(resolve, isDraining ? 0 : ms)),
    startTimer: timers.start,
  });
  const isPage = (path: string): boolean => isPagePath(path, routes.owns) && ports.isFile?.(path) !== true;
  const parts: Parts = {
    settings,
    provider,
    keeper,
    sessions,
    ender,
    fingerprints,
    background,
    observer,
    extensions: extensions.map(({ name }) => name),
    log,
    isPage,
    nowMs,
    monotonicMs,
    randomBytes,
  };
  const desk = createSessionDesk({
    sessions,
    keeper,
    ender,
    ends,
    idleMs: settings.idleTimeoutSeconds * 1000,
    nowMs,
    onTooLarge: (largest) => log({ level: "error", event: "session_too_large", largest }),
  });
  const tokens = createTokenAccess(parts);
  const forward = createForward({
    ...(ports.send === undefined ? {} : { send: ports.send }),
    startTimer: timers.start,
  });
  const readiness = createReadiness({
    settings,
    provider,
    keeper,
    ledger: ports.ledger,
    isDraining: () => isDraining,
    delay: (ms) => new Promise((resolve) => void timers.start(resolve, ms)),
  });
  const api = { ...parts, tokens, forward };
  const routes = createRouteTable({
    own: {
      // First, so that none can take the place of a route of ours.
      ...Object.fromEntries(extensions.flatMap((extension) => Object.entries(extension.createRoutes(parts)))),
      [BFF_PATHS.login]: createLoginRoute(parts),
      [BFF_PATHS.callback]: createCallbackRoute(parts, ports.ledger),
      [BFF_PATHS.session]: createSessionRoute(parts),
      [BFF_PATHS.activity]: createActivityRoute(parts),
      [BFF_PATHS.userinfo]: createUserinfoRoute(parts, tokens),
      [BFF_PATHS.refresh]: createRefreshRoute(parts, tokens),
      [BFF_PATHS.validate]: createValidateRoute(parts, tokens),
      [BFF_PATHS.logout]: createLogoutRoute(parts),
      [BFF_PATHS.logoutProvider]: createLogoutProviderRoute(parts),
      [BFF_PATHS.backchannelLogout]: createBackchannelLogoutRoute(parts, ports.ledger),
      [BFF_PATHS.cspReport]: createCspReportRoute(parts),
      [BFF_PATHS.healthz]: createHealthRoute(),
      [BFF_PATHS.readyz]: createReadinessRoute(readiness),
    },
    apis: settings.routes.map((route) => [route.target.prefix, createApiRoute(route, api)] as const),
  });
  const newRequestId = () =>
    Array.from(randomBytes(REQUEST_ID_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const handle = createDispatch({ settings, routes, desk, log, nowMs, newRequestId });
  return {
    app: createHonoApp(handle, routes.owns),
    handle,
    owns: routes.owns,
    isApiPath: routes.isApiPath,
    isPage,
    readiness,
    ready: () => keeper.ready(),
    async drain() {
      isDraining = true;
      await Promise.all([keeper.drain(), background.settle()]);
      // What the last token calls began: a session that they ended is still to be told of.
      await background.settle();
    },
  };
}
