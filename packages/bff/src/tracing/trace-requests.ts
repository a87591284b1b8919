import { BFF_PATHS } from "@coatcheck/contract";
import type { MiddlewareHandler } from "hono";
import type { AnswerApiCall } from "../api/answer-api-call.ts";
import type { RouteEnv } from "../hono/bff-env.ts";
import { withoutProviderName } from "../providers/provider-path.ts";
import type { BffResponse } from "../response/bff-response.ts";
import type { OpenRequestSession } from "../session/open-request-session.ts";
import type { ViewSession } from "../session/view-session.ts";
import type { IncomingHeaders, Span, SpanStart, Tracing } from "./tracing.ts";

/** Paths of ours that may stand in a span: their number is bounded. */
const OWN_PATHS: ReadonlySet<string> = new Set(Object.values(BFF_PATHS));
const OPEN_SESSION: SpanStart = { name: "coatcheck.open_session" };

/** A span for each API call, named by its route: the path itself may hold what belongs to a person. */
export function traceApiCalls(tracing: Tracing, answer: AnswerApiCall): AnswerApiCall {
  return (request, api) => {
    if (!tracing.isDrawn(request.headers)) return answer(request, api);
    const start = serverSpan(request.plain.method, api.target.prefix, request.headers);
    return tracing.within(start, async (span) =>
      noteAnswer(span, await answer(request, api), request.requestId),
    );
  };
}

export function traceView(tracing: Tracing, view: ViewSession): ViewSession {
  return (request) => {
    if (!tracing.isDrawn(request.headers)) return view(request);
    const start = serverSpan("GET", BFF_PATHS.session, request.headers);
    return tracing.within(start, async (span) => noteAnswer(span, await view(request), request.requestId));
  };
}

/** A span for each request of the BFF's own routes. */
export function traceOwnRoutes(
  tracing: Tracing,
  handler: MiddlewareHandler<RouteEnv>,
): MiddlewareHandler<RouteEnv> {
  return (c, next) => {
    const { method, path } = c.req;
    const incoming = { get: (name: string) => c.req.header(name) };
    if (!tracing.isDrawn(incoming)) return handler(c, next);
    const route = withoutProviderName(path);
    const start = serverSpan(method, OWN_PATHS.has(route) ? route : "unknown", incoming);
    return tracing.within(start, async (span) => {
      const response = await handler(c, next);
      noteStatus(span, c.res.status);
      return response;
    });
  };
}

/** How long it takes until it is known whose request it is. */
export function traceOpening(tracing: Tracing, open: OpenRequestSession): OpenRequestSession {
  return (request) => {
    if (!tracing.isDrawn()) return open(request);
    return tracing.part(OPEN_SESSION, async (span) => {
      const session = await open(request);
      const reason = session.isUnknown ? "unknown" : session.reason;
      span.set({ "coatcheck.session.state": session.value === undefined ? reason : "active" });
      return session;
    });
  };
}

function serverSpan(method: string, route: string, incoming: IncomingHeaders): SpanStart {
  return {
    name: `${method} ${route}`,
    kind: "server",
    attributes: { "http.request.method": method, "http.route": route },
    incoming,
  };
}

function noteAnswer(span: Span, response: BffResponse, requestId: string): BffResponse {
  span.set({ "coatcheck.request_id": requestId });
  noteStatus(span, response.status);
  return response;
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status */
function noteStatus(span: Span, status: number): void {
  span.set({ "http.response.status_code": status });
  if (status >= 500) span.fail(String(status));
}
