import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";

/**
 * What an operator preloads (`node --import`): the SDK of OpenTelemetry, whose spans go in batches to the collector that
 * `COLLECTOR` names; of so many traces as `SDK_SAMPLES` says, 0 to 1.
 */
const { COLLECTOR = "", SDK_SAMPLES = "1" } = process.env;

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(Number(SDK_SAMPLES)) }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: COLLECTOR }))],
  }),
);
