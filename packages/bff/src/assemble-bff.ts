import { SESSIONS_EXTENSION } from "@coatcheck/contract";
import {
  createFetchSend,
  createForward,
  createUpstreamCircuits,
  createUpstreamGate,
  withCircuits,
} from "@coatcheck/proxy";
import type { Hono } from "hono";
import { createAnswerDirectly } from "./answer-directly.ts";
import { createAnswerApiCall } from "./api/answer-api-call.ts";
import { createAnswerSocket } from "./api/answer-socket.ts";
import { createFindApiRoute } from "./api/find-api-route.ts";
import { createForwardCall } from "./api/forward-call.ts";
import { composeKeeper } from "./compose-keeper.ts";
import { compose } from "./compose.ts";
import type { ProviderClient } from "./compose.ts";
import type { BffConfig } from "./config/bff-config.ts";
import type { Bff } from "./create-bff.ts";
import type { Extension } from "./extension.ts";
import { createFingerprints } from "./fingerprints.ts";
import { createGuard } from "./guard/guard-request.ts";
import type { BffEnv } from "./hono/bff-env.ts";
import { createApp } from "./hono/create-app.ts";
import { createMiddleware } from "./hono/middleware.ts";
import { createPublicMiddleware } from "./hono/public-middleware.ts";
import { createServerCalls } from "./hono/server-calls.ts";
import { createVisit } from "./hono/visit.ts";
import { createClientLimits } from "./limits/client-limits.ts";
import { createSessionCalls } from "./limits/session-calls.ts";
import { createMemoryRateLimit } from "./limits/memory-rate-limit.ts";
import { createBackground } from "./observe/background.ts";
import { logInternalError, logProxyFailed } from "./observe/log-lines.ts";
import { createCleanLog } from "./observe/log.ts";
import { noteCircuit } from "./observe/note-circuit.ts";
import { joinObservers } from "./observe/observer.ts";
import { createOwnedPaths } from "./owned-paths.ts";
import { isPagePath } from "./page-path.ts";
import type { Core, Parts } from "./parts.ts";
import type { AssemblyPorts } from "./ports.ts";
import { createSignInProviders, ofProvider } from "./providers/sign-in-provider.ts";
import type { SignInProvider } from "./providers/sign-in-provider.ts";
import { createReadiness } from "./readiness.ts";
import { createAdmission } from "./request/admit-request.ts";
import { createRequestIds } from "./request/request-id.ts";
import { createFinishResponse } from "./response/finish-response.ts";
import { addBackchannelLogoutRoute } from "./routes/backchannel-logout-route.ts";
import { addCallbackRoute } from "./routes/callback-route.ts";
import { addCspReportRoute } from "./routes/csp-report-route.ts";
import { addHealthRoutes } from "./routes/health-routes.ts";
import { addJwksRoute } from "./routes/jwks-route.ts";
import { addLoginRoute } from "./routes/login-route.ts";
import { addLogoutProviderRoute } from "./routes/logout-provider-route.ts";
import { addLogoutRoute } from "./routes/logout-route.ts";
import { addSessionListRoutes } from "./routes/session-list-routes.ts";
import { addSessionRoutes } from "./routes/session-routes.ts";
import { addThirdPartyLoginRoute } from "./routes/third-party-login-route.ts";
import { addUserinfoRoute } from "./routes/userinfo-route.ts";
import { addValidateRoute } from "./routes/validate-route.ts";
import { createJudgeSession } from "./session/judge-session.ts";
import { createOpenConnections } from "./session/open-connections.ts";
import { createOpenSockets } from "./session/open-sockets.ts";
import { createOpenRequestSession } from "./session/open-request-session.ts";
import { createRefreshHook } from "./session/refresh-hook.ts";
import { createReseals } from "./session/reseals.ts";
import { createSealSession } from "./session/seal-session.ts";
import { createSessionEndHook } from "./session/session-end-hook.ts";
import { createSessionEnder } from "./session/session-ender.ts";
import { createSessionListing } from "./session/session-listing.ts";
import { createViewSession } from "./session/view-session.ts";
import { createTimers } from "./timers.ts";
import { createTraced } from "./tracing/create-traced.ts";

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
  const traced = createTraced(ports.tracing);
  const log = createCleanLog(ports.log ?? (() => undefined), ports.tracing);
  const { settings, clients, sessions } = compose(
    config,
    { ...ports, log, fetch: traced.fetch(ports.fetch) },
    (plan) => providers.of(ofProvider(plan)).keeper.noteProviderUp(),
  );
  const { nowMs, monotonicMs, randomBytes } = ports;
  const timers = createTimers(ports);
  let isDraining = false;
  const base = {
    settings,
    sessions,
    ledger: ports.ledger,
    fingerprints: createFingerprints(ports.mac),
    background: createBackground((error) => logInternalError(log, error, { during: "background" })),
    log,
    nowMs,
    monotonicMs,
    randomBytes,
    newRequestId: createRequestIds(randomBytes),
    addressHeader: ports.addressHeader,
    startTimer: timers.start,
    delay: (ms: number) => new Promise<void>((resolve) => void timers.start(resolve, isDraining ? 0 : ms)),
  };
  const endHook = createSessionEndHook(ports.onSessionEnd, base);
  const observer = joinObservers([
    { tokens: (event) => endHook.onTokensEvent(event) },
    ...(ports.onRefresh === undefined ? [] : [{ tokens: createRefreshHook(ports.onRefresh, base) }]),
    ...(ports.observer === undefined ? [] : [ports.observer]),
    ...extensions.flatMap((extension) => extension.createObserver?.({ nowMs }) ?? []),
  ]);
  const withKeeper = (client: ProviderClient): SignInProvider => {
    const drawn = { ...client, provider: traced.refreshes(client.provider) };
    const keeper = composeKeeper(settings, drawn, { ...ports, log, observer }, timers);
    return { ...client, keeper: traced.keeper(keeper) };
  };
  const [first, ...others] = clients;
  const providers = createSignInProviders([withKeeper(first), ...others.map(withKeeper)]);
  async function settle(): Promise<void> {
    await Promise.all([...providers.all.map(({ keeper }) => keeper.drain()), base.background.settle()]);
    // What the last token calls began: the hook for a session that they ended is still to be called.
    await base.background.settle();
  }
  const owned = createOwnedPaths(settings.routes.map(({ target }) => target.prefix));
  const sealSession = createSealSession({ sessions, providers, nowMs });
  const judge = createJudgeSession({ ...base, endHook, providers });
  const core: Core = {
    ...base,
    endHook,
    observer,
    sealSession,
    reseals: createReseals({ sessions, sealSession, nowMs }),
    providers,
    connections: createOpenConnections({ ...base, endHook, providers }, judge),
    listing: createSessionListing({ ...base, providers }),
    settle,
    limits: createClientLimits({
      limit: ports.rateLimit ?? createMemoryRateLimit(monotonicMs),
      hasTrustedProxies: settings.trustedProxies.length > 0,
      log,
    }),
    findApiRoute: createFindApiRoute(settings.routes),
    finish: createFinishResponse(settings),
    isPage: (path) => isPagePath(path, owned.owns) && ports.isFile?.(path) !== true,
  };
  const ender = createSessionEnder(core);
  const way = {
    admit: createAdmission(core),
    guard: createGuard(core),
    openSession: traced.opening(createOpenRequestSession(core, judge, ender)),
  };
  const gate = createUpstreamGate(timers.start);
  const circuits = createUpstreamCircuits(monotonicMs, (change) => noteCircuit(core, change));
  const forward = createForward({
    send: traced.send(ports.send ?? createFetchSend()),
    startTimer: timers.start,
    monotonicMs,
    gate,
    circuits,
    onBrokenOff: (failure, { prefix: route }, { requestId }) =>
      logProxyFailed(log, { requestId, route, ...failure }),
  });
  const calls = createSessionCalls(core);
  const forwardCall = createForwardCall(core, forward, calls);
  const answerApiCall = traced.apiCalls(createAnswerApiCall(core, way, forwardCall));
  const sockets = createOpenSockets(core);
  const extensionNames = [
    ...(core.listing.isOn ? [SESSIONS_EXTENSION] : []),
    ...extensions.map(({ name }) => name),
  ];
  const viewSession = createViewSession(core, way.openSession, extensionNames);
  const middleware = createMiddleware(core, way);
  const { onSignIn, onChooseProvider } = ports;
  const parts: Parts = {
    ...core,
    ...middleware,
    ender,
    viewSession,
    onSignIn,
    onChooseProvider,
    extensions: extensionNames,
  };
  const readiness = createReadiness(core, () => isDraining);
  const app = createApp(
    { ...core, traceOwnRoutes: (handler) => traced.ownRoutes(handler) },
    owned,
    middleware,
    answerApiCall,
    (routes) => {
      addLoginRoute(routes, parts);
      addCallbackRoute(routes, parts);
      addThirdPartyLoginRoute(routes, parts);
      addSessionRoutes(routes, parts);
      addSessionListRoutes(routes, parts);
      addUserinfoRoute(routes, parts);
      addValidateRoute(routes, parts);
      addLogoutRoute(routes, parts);
      addLogoutProviderRoute(routes, parts);
      addBackchannelLogoutRoute(routes, parts);
      addJwksRoute(routes, parts);
      addCspReportRoute(routes, parts);
      addHealthRoutes(routes, readiness);
      // Last, so that none can take the place of a route of ours.
      for (const extension of extensions) extension.addRoutes(routes, parts);
    },
  );

  const origins = new Set(settings.routes.map(({ target }) => target.origin));
  const stopWatching = observer.watch({
    routes: settings.routes.map(({ target }) => target.prefix),
    load: () => ({
      upstreams: Array.from(origins, (origin) => ({
        origin,
        ...gate.loadOf(origin),
        isCircuitOpen: circuits.isOpen(origin),
      })),
      busiestSession: calls.busiest(),
    }),
  });

  async function drain(): Promise<void> {
    isDraining = true;
    await settle();
  }

  const publicMiddleware = createPublicMiddleware(middleware, parts);
  return {
    ...publicMiddleware,
    visit: createVisit(publicMiddleware.session()),
    ...createServerCalls(forwardCall, middleware.answerProblem, core),
    app: app as unknown as Hono<BffEnv>,
    answerApiCall: createAnswerDirectly(core, way, answerApiCall),
    answerDirectly: createAnswerDirectly(core, way, answerApiCall, traced.view(viewSession)),
    answerSocket: createAnswerSocket(
      { ...core, sockets },
      way,
      forwardCall,
      ports.connectSocket && withCircuits(ports.connectSocket, circuits),
    ),
    closeSockets: () => sockets.close(),
    owns: owned.owns,
    isPage: core.isPage,
    readiness,
    async ready() {
      await Promise.all(providers.all.map(({ keeper }) => keeper.ready()));
    },
    drain,
    async close() {
      stopWatching();
      await ports.ledger.close();
      ports.close?.();
    },
  };
}
