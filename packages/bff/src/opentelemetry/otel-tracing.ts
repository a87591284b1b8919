import {
  context,
  createContextKey,
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type TextMapGetter,
  type Tracer,
} from "@opentelemetry/api";
import type { IncomingHeaders, Span, SpanAttributes, SpanStart, Tracing } from "../tracing/tracing.ts";

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;
const TRACE_HEADERS = ["traceparent", "tracestate"];

/** Requests carry a trace seldom, and asking costs every one of them: their headers are read as they are. */
const INCOMING: TextMapGetter<IncomingHeaders> = {
  keys: () => TRACE_HEADERS,
  get: (incoming, name) => incoming.get(name),
};

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:$|-)/u;

/** A part under way that isn't drawn yet: begins its span. */
const PART = createContextKey("coatcheck part");
/** A part that is over sooner is left out. */
const SHORT_MS = 1;

/** @param sampleRatio of the traces that begin here, 0 to 1; with 1 the SDK alone decides */
export function createTracing(tracer: Tracer, continueTraces: boolean, sampleRatio: number): Tracing {
  function contextOf({ incoming }: SpanStart, active: Context): Context {
    // Whoever instruments the HTTP server has read it already.
    if (incoming === undefined || !continueTraces || trace.getSpan(active) !== undefined) return active;
    return propagation.extract(active, incoming, INCOMING);
  }

  /** Where a span begins now: a part around it has to be drawn, then. */
  function place(): Context {
    const active = context.active();
    const begin = active.getValue(PART) as (() => OtelSpan) | undefined;
    return begin === undefined ? active : trace.setSpan(active.deleteValue(PART), begin());
  }

  return {
    within(start, work) {
      const active = place();
      const outer = trace.getSpan(active);
      const parent = contextOf(start, active);
      const kind =
        start.kind === undefined || (start.kind === "server" && outer !== undefined)
          ? SpanKind.INTERNAL
          : KINDS[start.kind];
      const span = tracer.startSpan(start.name, { kind, attributes: start.attributes ?? {} }, parent);
      const own = trace.setSpan(parent, span);
      if (!span.isRecording()) return context.with(own, work, undefined, UNRECORDED);
      return drawn(span, own, work);
    },
    async part({ name, attributes = {} }, work) {
      const outer = context.active();
      const startTime = performance.now();
      const noted: SpanAttributes[] = [attributes];
      let own: OtelSpan | undefined;
      const begin = (): OtelSpan =>
        (own ??= tracer.startSpan(name, { startTime }, context.with(outer, place)));
      const span: Span = {
        get identity() {
          return begin().spanContext();
        },
        set: (more) => void noted.push(more),
        fail: (type) => fail(begin(), type),
        link: (identity) => void begin().addLink({ context: identity as SpanContext }),
      };
      try {
        return await context.with(outer.setValue(PART, begin), work, undefined, span);
      } catch (error) {
        span.fail(error instanceof Error ? error.name : "unknown");
        throw error;
      } finally {
        const endTime = performance.now();
        if (endTime - startTime >= SHORT_MS) begin();
        const around = own ?? trace.getSpan(outer);
        for (const attributesOfIt of noted) around?.setAttributes({ ...attributesOfIt });
        own?.end(endTime);
      }
    },
    isDrawn(incoming) {
      const outer = trace.getSpan(context.active());
      // Of a request that isn't recorded no part is.
      if (outer !== undefined) return outer.isRecording();
      if (sampleRatio === 1) return true;
      if (incoming === undefined) return false;
      const brought = continueTraces ? incoming.get("traceparent") : undefined;
      return (brought !== undefined && TRACEPARENT.test(brought)) || Math.random() < sampleRatio;
    },
    headers(requestId) {
      const active = context.active();
      const isLeftOut = sampleRatio < 1 && trace.getSpan(active) === undefined;
      return isLeftOut ? unrecordedHeaders(requestId) : headersOf(active);
    },
    sampledTraceId() {
      const found = trace.getSpan(context.active())?.spanContext();
      const isSampled = found !== undefined && (found.traceFlags & TraceFlags.SAMPLED) !== 0;
      return isSampled && isSpanContextValid(found) ? found.traceId : undefined;
    },
    current() {
      const found = trace.getSpan(context.active())?.spanContext();
      return found === undefined || !isSpanContextValid(found)
        ? undefined
        : { traceId: found.traceId, spanId: found.spanId };
    },
  };
}

async function drawn<T>(span: OtelSpan, own: Context, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await context.with(own, work, undefined, toSpan(span));
  } catch (error) {
    fail(span, error instanceof Error ? error.name : "unknown");
    throw error;
  } finally {
    span.end();
  }
}

/** Nobody will see it. The trace goes on all the same, so that everyone on the way knows that it isn't recorded. */
const UNRECORDED: Span = {
  identity: undefined,
  set: () => undefined,
  fail: () => undefined,
  link: () => undefined,
};

function toSpan(span: OtelSpan): Span {
  return {
    identity: span.spanContext(),
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail: (type) => fail(span, type),
    link: (identity) => void span.addLink({ context: identity as SpanContext }),
  };
}

/**
 * For whom we call, so that nobody records parts of what isn't recorded here. Its ids name no span; they are the request's.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
function unrecordedHeaders(requestId: string): readonly (readonly [string, string])[] {
  const isSpoken = propagation.fields().includes("traceparent");
  return isSpoken ? [["traceparent", `00-${requestId}${requestId}-${requestId}-00`]] : [];
}

function headersOf(active: Context): (readonly [string, string])[] {
  const carrier: Record<string, string> = {};
  propagation.inject(active, carrier);
  return TRACE_HEADERS.flatMap((name) => {
    const value = carrier[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** Never with the error's message, which may hold anything. */
function fail(span: OtelSpan, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
