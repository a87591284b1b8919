import { metrics, trace, type MeterProvider, type TracerProvider } from "@opentelemetry/api";
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
}

/** What `createBff` takes of it. */
export interface OpenTelemetryPorts {
  readonly tracing: Tracing;
  readonly observer: Required<Observer>;
}

const NAME = "@coatcheck/bff";

/** Makes the ports of a BFF that is watched through OpenTelemetry. Without a registered SDK they do nothing, at hardly any cost. */
export function createOpenTelemetry({
  tracerProvider,
  meterProvider,
  continueTraces = true,
}: OpenTelemetryOptions = {}): OpenTelemetryPorts {
  return {
    tracing: createTracing((tracerProvider ?? trace).getTracer(NAME), continueTraces),
    observer: createMeterObserver((meterProvider ?? metrics).getMeter(NAME)),
  };
}
