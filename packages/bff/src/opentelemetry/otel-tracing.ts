import {
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer,
} from "@opentelemetry/api";
import type { Span, SpanStart, Tracing } from "../tracing/tracing.ts";

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;
const TRACE_HEADERS = ["traceparent", "tracestate"];

export function createTracing(tracer: Tracer, continueTraces: boolean): Tracing {
  function contextOf({ incoming }: SpanStart): Context {
    const active = context.active();
    // Whoever instruments the HTTP server has read it already.
    if (incoming === undefined || !continueTraces || trace.getSpan(active) !== undefined) return active;
    const carrier = Object.fromEntries(
      TRACE_HEADERS.flatMap((name) => {
        const value = incoming.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return propagation.extract(active, carrier, defaultTextMapGetter);
  }

  return {
    async within(start, work) {
      const parent = contextOf(start);
      const isInner = start.kind === "server" && trace.getSpan(context.active()) !== undefined;
      const kind = start.kind === undefined || isInner ? SpanKind.INTERNAL : KINDS[start.kind];
      const span = tracer.startSpan(start.name, { kind, attributes: { ...start.attributes } }, parent);
      const own = trace.setSpan(parent, span);
      try {
        return await context.with(own, () => work(toSpan(span, own)));
      } catch (error) {
        fail(span, error instanceof Error ? error.name : "unknown");
        throw error;
      } finally {
        span.end();
      }
    },
    current() {
      const found = trace.getSpan(context.active())?.spanContext();
      return found === undefined || !isSpanContextValid(found)
        ? undefined
        : { traceId: found.traceId, spanId: found.spanId };
    },
  };
}

function toSpan(span: OtelSpan, own: Context): Span {
  return {
    identity: span.spanContext(),
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail: (type) => fail(span, type),
    link: (identity) => void span.addLink({ context: identity as SpanContext }),
    headers() {
      const carrier: Record<string, string> = {};
      propagation.inject(own, carrier);
      return TRACE_HEADERS.flatMap((name) => {
        const value = carrier[name];
        return value === undefined ? [] : [[name, value] as const];
      });
    },
  };
}

/** Never with the error's message, which may hold anything. */
function fail(span: OtelSpan, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
