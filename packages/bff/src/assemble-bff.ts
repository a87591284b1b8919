import { createForward } from "@coatcheck/proxy";
import type { Hono } from "hono";
import { createApiCalls } from "./api/api-calls.ts";
import { createFindApiRoute } from "./api/find-api-route.ts";
import { createForwardCall } from "./api/forward-call.ts";
import { createLeadToPage } from "./api/lead-to-page.ts";
import { composeKeeper } from "./compose-keeper.ts";
import { compose } from "./compose.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { Bff } from "./create-bff.ts";
import type { Extension } from "./extension.ts";
import { createFingerprints } from "./fingerprints.ts";
import { createGuard } from "./guard/guard-request.ts";
import type { BffEnv } from "./hono/bff-env.ts";
import { createApp } from "./hono/create-app.ts";
import { createMiddleware } from "./hono/middleware.ts";
import { createPublicMiddleware } from "./hono/public-middleware.ts";
import { createClientLimits } from "./limits/client-limits.ts";
import { createMemoryRateLimit } from "./limits/memory-rate-limit.ts";
import { createBackground } from "./observe/background.ts";
import { logInternalError } from "./observe/log-lines.ts";
import { createCleanLog } from "./observe/log.ts";
import { joinObservers } from "./observe/observer.ts";
import { createOwnedPaths } from "./owned-paths.ts";
import { isPagePath } from "./page-path.ts";
import type { Parts } from "./parts.ts";
import type { AssemblyPorts } from "./ports.ts";
import { createReadiness } from "./readiness.ts";
import { createAdmission } from "./request/admit-request.ts";
import { createRequestIds } from "./request/request-id.ts";
import { createFinishResponse } from "./response/finish-response.ts";
import { addBackchannelLogoutRoute } from "./routes/backchannel-logout-route.ts";
import { addCallbackRoute } from "./routes/callback-route.ts";
import { addCspReportRoute } from "./routes/csp-report-route.ts";
import { addHealthRoutes } from "./routes/health-routes.ts";
import { addLoginRoute } from "./routes/login-route.ts";
import { addLogoutProviderRoute } from "./routes/logout-provider-route.ts";
import { addLogoutRoute } from "./routes/logout-route.ts";
import { addSessionRoutes } from "./routes/session-routes.ts";
import { addUserinfoRoute } from "./routes/userinfo-route.ts";
import { addValidateRoute } from "./routes/validate-route.ts";
import { createOpenRequestSession } from "./session/open-request-session.ts";
import { createSessionEndHook } from "./session/session-end-hook.ts";
import { createSessionEnder } from "./session/session-ender.ts";
import { createTimers } from "./timers.ts";

/**
 * Composes the BFF, with what only our own demo and simulation put into it.
 *
 * @throws {BffError} `config_invalid`: everything that is wrong at once, each with its fix.
 */
export function assembleBff(
  config: BffConfig,
  ports: AssemblyPorts,
  extensions: readonly Extension[] = [],
): Bff {
  const log = createCleanLog(ports.log ?? (() => undefined));
  const { settings, provider, sessions } = compose(config, { ...ports, log }, () => keeper.noteProviderUp());
  const { publicOrigin } = settings;
  const { nowMs, monotonicMs, randomBytes } = ports;
  const background = createBackground((error) => logInternalError(log, error, { during: "background" }));
  const fingerprints = createFingerprints(ports.mac);
  const timers = createTimers(ports);
  const endHook = createSessionEndHook({
    onSessionEnd: ports.onSessionEnd,
    fingerprints,
    background,
    log,
    startTimer: timers.start,
  });
  const observer = joinObservers([
    { tokens: (event) => endHook.onTokensEvent(event) },
    ...(ports.observer === undefined ? [] : [ports.observer]),
    ...extensions.flatMap((extension) => extension.createObserver?.({ nowMs }) ?? []),
  ]);
  const keeper = composeKeeper(settings, provider, { ...ports, log, observer }, timers);
  let isDraining = false;
  const ender = createSessionEnder({
    keeper,
    provider,
    endHook,
    background,
    fingerprints,
    log,
    delay: (ms) => new Promise((resolve) => void timers.start(resolve, isDraining ? 0 : ms)),
    startTimer: timers.start,
  });

  const newRequestId = createRequestIds(randomBytes);
  const findApiRoute = createFindApiRoute(settings.routes);
  const admit = createAdmission({ settings, findApiRoute, log, nowMs, newRequestId });
  const guard = createGuard({ publicOrigin, log });
  const finish = createFinishResponse(settings);
  const limits = createClientLimits({
    limit: ports.rateLimit ?? createMemoryRateLimit(monotonicMs),
    hasTrustedProxies: settings.trustedProxies.length > 0,
    log,
  });
  const openSession = createOpenRequestSession({
    sessions,
    keeper,
    ender,
    endHook,
    settings,
    fingerprints,
    limits,
    log,
    idleMs: settings.idleTimeoutSeconds * 1000,
    nowMs,
  });
  const forward = createForward({
    ...(ports.send === undefined ? {} : { send: ports.send }),
    startTimer: timers.start,
  });
  const forwardCall = createForwardCall({ settings, forward, fingerprints, log });
  const apiPrefixes = settings.routes.map(({ target }) => target.prefix);
  const owned = createOwnedPaths(apiPrefixes);
  const isPage = (path: string): boolean => isPagePath(path, owned.owns) && ports.isFile?.(path) !== true;
  const api = createApiCalls({
    findApiRoute,
    admit,
    guard,
    openSession,
    forwardCall,
    finish,
    leadToPage: createLeadToPage({ publicOrigin, isPage, finish }),
    fingerprints,
    keeper,
    observer,
    log,
    nowMs,
    monotonicMs,
  });
  const middleware = createMiddleware({ admit, guard, openSession, fingerprints, finish });
  const parts: Parts = {
    ...middleware,
    settings,
    provider,
    keeper,
    ledger: ports.ledger,
    sessions,
    ender,
    fingerprints,
    extensions: extensions.map(({ name }) => name),
    log,
    isPage,
    nowMs,
    randomBytes,
  };
  const readiness = createReadiness({
    settings,
    provider,
    keeper,
    ledger: ports.ledger,
    isDraining: () => isDraining,
    delay: (ms) => new Promise((resolve) => void timers.start(resolve, ms)),
  });
  const app = createApp(
    { site: settings, apiPrefixes, owned, middleware, api, limits, log, newRequestId },
    (routes) => {
      addLoginRoute(routes, parts);
      addCallbackRoute(routes, parts);
      addSessionRoutes(routes, parts);
      addUserinfoRoute(routes, parts);
      addValidateRoute(routes, parts);
      addLogoutRoute(routes, parts);
      addLogoutProviderRoute(routes, parts);
      addBackchannelLogoutRoute(routes, parts);
      addCspReportRoute(routes, parts);
      addHealthRoutes(routes, readiness);
      // Last, so that none can take the place of a route of ours.
      for (const extension of extensions) extension.addRoutes(routes, parts);
    },
  );

  async function drain(): Promise<void> {
    isDraining = true;
    await Promise.all([keeper.drain(), background.settle()]);
    // What the last token calls began: the hook for a session that they ended is still to be called.
    await background.settle();
  }

  return {
    ...createPublicMiddleware(middleware, parts),
    app: app as unknown as Hono<BffEnv>,
    answerApiCall: api.answerDirectly,
    owns: owned.owns,
    isPage,
    readiness,
    ready: () => keeper.ready(),
    drain,
    async close() {
      await ports.ledger.close();
      ports.close?.();
    },
  };
}
