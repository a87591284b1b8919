import type { Provider } from "@coatcheck/oauth";
import type { ProviderFetch } from "@coatcheck/oauth";
import type { UpstreamSend } from "@coatcheck/proxy";
import type { TokenKeeper } from "@coatcheck/tokens";
import type { MiddlewareHandler } from "hono";
import type { AnswerApiCall } from "../api/answer-api-call.ts";
import type { RouteEnv } from "../hono/bff-env.ts";
import type { OpenRequestSession } from "../session/open-request-session.ts";
import type { ViewSession } from "../session/view-session.ts";
import { traceFetch, traceSend } from "./trace-calls.ts";
import { createRefreshTracer } from "./trace-refreshes.ts";
import { traceApiCalls, traceOpening, traceOwnRoutes, traceView } from "./trace-requests.ts";
import type { Tracing } from "./tracing.ts";

/** Wraps what a BFF is made of, so that what it does is drawn. */
export interface Traced {
  apiCalls(answer: AnswerApiCall): AnswerApiCall;
  view(view: ViewSession): ViewSession;
  ownRoutes(handler: MiddlewareHandler<RouteEnv>): MiddlewareHandler<RouteEnv>;
  opening(open: OpenRequestSession): OpenRequestSession;
  keeper(keeper: TokenKeeper): TokenKeeper;
  refreshes(provider: Provider): Provider;
  send(send: UpstreamSend): UpstreamSend;
  fetch(fetch: ProviderFetch): ProviderFetch;
}

/** Everything stays as it is: who isn't traced pays nothing for it. */
const UNTRACED: Traced = {
  apiCalls: (answer) => answer,
  view: (view) => view,
  ownRoutes: (handler) => handler,
  opening: (open) => open,
  keeper: (keeper) => keeper,
  refreshes: (provider) => provider,
  send: (send) => send,
  fetch: (fetch) => fetch,
};

export function createTraced(tracing: Tracing | undefined): Traced {
  if (tracing === undefined) return UNTRACED;
  const refreshes = createRefreshTracer(tracing);
  return {
    apiCalls: (answer) => traceApiCalls(tracing, answer),
    view: (view) => traceView(tracing, view),
    ownRoutes: (handler) => traceOwnRoutes(tracing, handler),
    opening: (open) => traceOpening(tracing, open),
    keeper: (keeper) => refreshes.keeper(keeper),
    refreshes: (provider) => ({ ...provider, refreshGrant: refreshes.refreshGrant(provider) }),
    send: (send) => traceSend(tracing, send),
    fetch: (fetch) => traceFetch(tracing, fetch),
  };
}
