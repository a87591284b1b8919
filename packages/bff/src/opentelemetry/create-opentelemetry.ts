import { metrics, trace, type MeterProvider, type TracerProvider } from "@opentelemetry/api";
import { BffError } from "../bff-error.ts";
import type { Observer } from "../observe/observer.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { createMeterObserver } from "./meter-observer.ts";
import { createTracing } from "./otel-tracing.ts";

export interface OpenTelemetryOptions {
  /** Default: the one that is registered globally. */
  readonly tracerProvider?: TracerProvider;
  /** Default: the one that is registered globally. */
  readonly meterProvider?: MeterProvider;
  /**
   * Goes on with the trace that a request names in `traceparent`. Default `true`; `false` where strangers shall not decide
   * what is sampled.
   */
  readonly continueTraces?: boolean;
  /**
   * Of the traces that begin here, so many are drawn, 0 to 1. The SDK isn't asked about the others, which costs them next to
   * nothing: they have no span and no ids in log lines, and `traceparent` tells APIs that nobody records. Traces that come with
   * a request go on as ever, as do requests within a span of whoever instruments the server. Default `1`: the SDK's sampler
   * decides on each.
   */
  readonly sampleRatio?: number;
}

/** What `createBff` takes of it. */
export interface OpenTelemetryPorts {
  readonly tracing: Tracing;
  readonly observer: Required<Observer>;
}

const NAME = "@coatcheck/bff";

/**
 * Makes the ports of a BFF that is watched through OpenTelemetry. Without a registered SDK they do nothing, at hardly any cost.
 *
 * @throws {BffError} `config_invalid` if `sampleRatio` is no ratio
 */
export function createOpenTelemetry({
  tracerProvider,
  meterProvider,
  continueTraces = true,
  sampleRatio = 1,
}: OpenTelemetryOptions = {}): OpenTelemetryPorts {
  if (!(sampleRatio >= 0 && sampleRatio <= 1))
    throw new BffError("config_invalid", [
      { path: "sampleRatio", fix: "use a number from 0 to 1: 0.01 for one in a hundred" },
    ]);
  return {
    tracing: createTracing((tracerProvider ?? trace).getTracer(NAME), continueTraces, sampleRatio),
    observer: createMeterObserver((meterProvider ?? metrics).getMeter(NAME)),
  };
}
