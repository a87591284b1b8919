import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startRig } from "../../fixtures/rig.ts";
import type { Browser, Rig } from "../../fixtures/rig.ts";
import { createTracedBff } from "../../examples/traced.ts";
import { createOpenTelemetry } from "./create-opentelemetry.ts";

const CALLS = 20;
const EXPIRED_MS = 301_000;
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID = "b7ad6b7169203331";

const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const metricReader = new PeriodicExportingMetricReader({
  exporter: metrics,
  exportIntervalMillis: 3_600_000,
});
const meterProvider = new MeterProvider({ readers: [metricReader] });

/** Goes on with what is recorded elsewhere, and records nothing by itself. */
const sampling = new BasicTracerProvider({
  sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  spanProcessors: [new SimpleSpanProcessor(spans)],
});

let rig: Rig;
let browser: Browser;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  rig = await startRig();
  const instance = rig.instance({}, createOpenTelemetry({ tracerProvider, meterProvider }));
  browser = rig.browserOf(instance, rig.browser());
});
afterAll(async () => {
  await rig.close();
  await tracerProvider.shutdown();
  await meterProvider.shutdown();
  context.disable();
  propagation.disable();
});
beforeEach(() => {
  spans.reset();
  rig.api.calls.length = 0;
});

function named(name: string): readonly ReadableSpan[] {
  return spans.getFinishedSpans().filter((span) => span.name === name);
}

function parentOf(span: ReadableSpan | undefined): string | undefined {
  const id = span?.parentSpanContext?.spanId;
  return spans.getFinishedSpans().find((other) => other.spanContext().spanId === id)?.name;
}

describe("a BFF with OpenTelemetry", () => {
  it("draws a sign-in as one trace", async () => {
    expect((await rig.signIn(browser)).status).toBe(303);
    const [callback] = named("GET /bff/callback");
    expect(callback?.kind).toBe(SpanKind.SERVER);
    expect(callback?.attributes).toMatchObject({ "http.response.status_code": 303 });
    const [tokenCall] = named("POST");
    expect(tokenCall?.spanContext().traceId).toBe(callback?.spanContext().traceId);
    expect(tokenCall?.attributes).toMatchObject({ "server.address": "127.0.0.1", "url.scheme": "http" });
  });

  it(`draws ${CALLS} calls on an expired token: one refresh, and ${CALLS - 1} links to it`, async () => {
    rig.advance(EXPIRED_MS);
    const answers = await Promise.all(Array.from({ length: CALLS }, () => browser.fetch("/api/notes/1")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const refreshes = named("coatcheck.refresh");
    expect(refreshes).toHaveLength(1);
    const waits = named("coatcheck.access_token");
    const linked = waits.filter(({ links }) =>
      links.some((link) => link.context.spanId === refreshes[0]?.spanContext().spanId),
    );
    expect([waits.length, linked.length]).toEqual([CALLS, CALLS - 1]);
    const calls = named("GET /api/notes");
    expect(new Set(calls.map((call) => call.spanContext().traceId)).size).toBe(CALLS);
    expect(parentOf(refreshes[0])).toBe("coatcheck.access_token");
    expect(parentOf(named("POST")[0])).toBe("coatcheck.refresh");
    expect(new Set(waits.map(parentOf))).toEqual(new Set(["GET /api/notes"]));
    const outcomes = waits.map(({ attributes }) => attributes["coatcheck.refresh.outcome"]);
    expect(outcomes.filter((outcome) => outcome === "led")).toHaveLength(1);
  });

  it("goes on with the trace of the request, and the API with ours", async () => {
    const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
    expect((await browser.fetch("/api/notes/1", { headers })).status).toBe(200);
    const [call] = named("GET /api/notes");
    expect(call?.spanContext().traceId).toBe(TRACE_ID);
    expect(call?.parentSpanContext?.spanId).toBe(PARENT_ID);
    const upstream = spans.getFinishedSpans().find(({ kind }) => kind === SpanKind.CLIENT);
    expect(rig.api.calls[0]?.headers["traceparent"]).toBe(
      `00-${TRACE_ID}-${upstream?.spanContext().spanId}-01`,
    );
  });

  it("begins a trace of its own where strangers shall not decide, or what they sent is none", async () => {
    const own = createOpenTelemetry({ tracerProvider, meterProvider, continueTraces: false });
    const distrustful = rig.browserOf(rig.instance({}, own), browser);
    const good = { headers: { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` } };
    await distrustful.fetch("/api/notes/1", good);
    await browser.fetch("/api/notes/1", { headers: { traceparent: "00-nonsense" } });
    const calls = named("GET /api/notes");
    expect(calls).toHaveLength(2);
    for (const call of calls) {
      expect(call.spanContext().traceId).not.toBe(TRACE_ID);
      expect(call.parentSpanContext).toBeUndefined();
    }
    expect(rig.api.calls[1]?.headers["traceparent"]).not.toContain("nonsense");
  });

  it("draws nothing of a trace that isn't recorded, and tells the API that it isn't", async () => {
    const ports = createOpenTelemetry({ tracerProvider: sampling, meterProvider });
    const unrecorded = rig.browserOf(rig.instance({}, ports), browser);
    const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-00` };
    expect((await unrecorded.fetch("/api/notes/1", { headers })).status).toBe(200);
    expect(spans.getFinishedSpans()).toEqual([]);
    const [, traceId, spanId, flags] = String(rig.api.calls[0]?.headers["traceparent"]).split("-");
    expect([traceId, flags]).toEqual([TRACE_ID, "00"]);
    expect(spanId).not.toBe(PARENT_ID);
    expect(rig.api.calls[0]?.headers["tracestate"]).toBeUndefined();
  });

  describe("that draws some of the traces that begin here", () => {
    const sampled = (sampleRatio: number, continueTraces = true) =>
      createOpenTelemetry({ tracerProvider, meterProvider, sampleRatio, continueTraces });
    const visitorOf = (ratio: number, continueTraces?: boolean): Browser =>
      rig.browserOf(rig.instance({}, sampled(ratio, continueTraces)), browser);
    const sentOn = (): string => String(rig.api.calls.at(-1)?.headers["traceparent"]);

    it("makes nothing of the others, not even of a refresh, and tells the API that nobody records", async () => {
      const leftOut = visitorOf(0);
      rig.advance(EXPIRED_MS);
      rig.log.length = 0;
      expect((await leftOut.fetch("/api/notes/1")).status).toBe(200);
      const first = sentOn();
      await leftOut.fetch("/bff/session");
      await leftOut.fetch("/bff/userinfo");
      await leftOut.fetch("/api/notes/1", { headers: { tracestate: "stranger=1" } });
      expect(spans.getFinishedSpans()).toEqual([]);
      for (const header of [first, sentOn()])
        expect(header).toMatch(/^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-00$/u);
      expect(sentOn()).not.toBe(first);
      expect(rig.api.calls.at(-1)?.headers["tracestate"]).toBeUndefined();
      expect(rig.log.map(({ event }) => event)).toContain("refresh");
      expect(rig.log.filter((line) => "traceId" in line)).toEqual([]);
    });

    it.each([
      ["01", 1],
      ["00", 0],
    ])("goes on with a trace that a request brings, flags %s", async (flags, drawn) => {
      const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-${flags}` };
      await visitorOf(0).fetch("/api/notes/1", { headers });
      expect(named("GET /api/notes")).toHaveLength(drawn);
      expect(sentOn().split("-")).toEqual(["00", TRACE_ID, expect.not.stringContaining(PARENT_ID), flags]);
    });

    it.each([
      "garbage",
      "",
      `00-${"0".repeat(32)}-${PARENT_ID}-01`,
      `00-${TRACE_ID}-${"0".repeat(16)}-01`,
      `ff-${TRACE_ID}-${PARENT_ID}-01`,
      `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`,
      `00-${TRACE_ID}-${PARENT_ID}`,
    ])("doesn't draw more for what is no trace: %j", async (traceparent) => {
      await visitorOf(0).fetch("/api/notes/1", { headers: { traceparent } });
      expect(spans.getFinishedSpans()).toEqual([]);
    });

    it("doesn't where strangers shall not decide", async () => {
      const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
      await visitorOf(0, false).fetch("/api/notes/1", { headers });
      expect(spans.getFinishedSpans()).toEqual([]);
      expect(sentOn()).not.toContain(TRACE_ID);
      expect(sentOn()).toMatch(/-00$/u);
    });

    it("leaves it to whoever instruments the server, where somebody does", async () => {
      const outer = tracerProvider.getTracer("http").startSpan("GET", { kind: SpanKind.SERVER });
      const leftOut = visitorOf(0);
      await context.with(trace.setSpan(context.active(), outer), () => leftOut.fetch("/api/notes/1"));
      outer.end();
      expect(named("GET /api/notes")[0]?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    });

    it("draws as many as it says", async () => {
      const half = visitorOf(0.5);
      for (let calls = 0; calls < 200; calls += 1) await half.fetch("/bff/session");
      const roots = named("GET /bff/session").length;
      // All but once in 10^9 runs.
      expect(Math.abs(roots - 100)).toBeLessThan(45);
      const parts = [...named("GET /bff/session"), ...named("coatcheck.open_session")];
      expect(parts.filter((span) => span.attributes["coatcheck.session.state"] === "active")).toHaveLength(
        roots,
      );
    });

    it("sends no header of a format that nobody here speaks", async () => {
      propagation.disable();
      await visitorOf(0).fetch("/api/notes/1");
      propagation.setGlobalPropagator(new W3CTraceContextPropagator());
      expect(rig.api.calls.at(-1)?.headers["traceparent"]).toBeUndefined();
    });

    it.each([-0.1, 1.1, Number.NaN])("takes no %d", (ratio) => {
      expect(() => sampled(ratio)).toThrow(/config_invalid: sampleRatio: use a number from 0 to 1/u);
    });
  });

  it("stands within the span of whoever instruments the server", async () => {
    const outer = tracerProvider.getTracer("http").startSpan("GET", { kind: SpanKind.SERVER });
    await context.with(trace.setSpan(context.active(), outer), () => browser.fetch("/api/notes/1"));
    outer.end();
    const [call] = named("GET /api/notes");
    expect(call?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(call?.kind).toBe(SpanKind.INTERNAL);
  });

  it("marks what failed, with a word and no message", async () => {
    rig.api.answer((_, response) => response.destroy());
    expect((await browser.fetch("/api/notes/1", { method: "POST", body: "{}" })).status).toBe(502);
    const [call] = named("POST /api/notes");
    expect(call?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(call?.attributes["error.type"]).toBe("502");
    const upstream = spans.getFinishedSpans().find(({ kind }) => kind === SpanKind.CLIENT);
    expect(upstream?.attributes["error.type"]).toBe("upstream_failed");
    rig.api.answer((_, response) => response.end());
  });

  it("S-135: no token, cookie, code or person is in any span", async () => {
    const begun = rig.seen.responses.length;
    const visitor = rig.browserOf(
      rig.instance({}, createOpenTelemetry({ tracerProvider, meterProvider })),
      rig.browser(),
    );
    const callback = await rig.walkToCallback(visitor);
    await visitor.navigate(callback, "cross-site");
    await visitor.fetch("/api/notes/people/ada?name=ada");
    rig.advance(EXPIRED_MS);
    await visitor.fetch("/bff/userinfo");
    await visitor.fetch("/bff/session");
    const secrets = [
      ...new URLSearchParams(callback.split("?")[1]).values(),
      ...[...visitor.cookies.values()].map(({ value }) => value),
      ...rig.api.calls.map(({ headers }) => headers.authorization?.slice("Bearer ".length) ?? ""),
      "ada",
    ].filter((secret) => secret !== "" && secret !== rig.idp.issuer);
    expect(secrets.length).toBeGreaterThan(5);
    expect(rig.seen.responses.length).toBeGreaterThan(begun);
    const drawn = spans
      .getFinishedSpans()
      .map(({ name, attributes, events, links, status }) =>
        JSON.stringify({ name, attributes, events, links, status }),
      );
    expect(drawn.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(drawn.filter((text) => text.includes(secret))).toEqual([]);
  });

  it("writes the trace's ids into log lines", async () => {
    rig.log.length = 0;
    await browser.raw("/api/notes/1");
    const [call] = named("GET /api/notes");
    expect(rig.log).toContainEqual(
      expect.objectContaining({ event: "guard_refused", traceId: call?.spanContext().traceId }),
    );
  });

  it("traced.ts draws through whatever is registered for the whole process", async () => {
    trace.setGlobalTracerProvider(tracerProvider);
    const bff = createTracedBff(rig.config, rig.ledger);
    expect((await rig.browserOf(bff, rig.browser()).fetch("/bff/session")).status).toBe(200);
    trace.disable();
    expect(named("GET /bff/session")).toHaveLength(1);
  });

  it("counts calls and refreshes", async () => {
    await metricReader.forceFlush();
    const counted =
      metrics
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const points = (name: string) =>
      counted
        .find(({ descriptor }) => descriptor.name === name)
        ?.dataPoints.map(({ attributes }) => attributes);
    expect(points("http.server.request.duration")).toContainEqual({
      "http.request.method": "GET",
      "http.route": "/api/notes",
      "http.response.status_code": 200,
    });
    expect(points("coatcheck.refresh.duration")).toContainEqual({ "coatcheck.refresh.outcome": "led" });
    expect(points("coatcheck.refresh.duration")).toContainEqual({ "coatcheck.refresh.outcome": "joined" });
    // Of several BFFs, what each has to do with an API is added up.
    for (const state of ["active", "queued"])
      expect(points("coatcheck.upstream.calls")).toContainEqual({
        "coatcheck.upstream": rig.api.origin,
        "coatcheck.state": state,
      });
    expect(points("coatcheck.session.calls.max")).toEqual([{}]);
  });
});
