import type { Observer } from "@coatcheck/bff";
import type { LabelsOf, MetricOf } from "./metrics-table.ts";
import { BUCKETS_SECONDS, type MetricsSnapshot } from "./metrics-snapshot.ts";

/** Counts what this process does. */
export interface MetricsRecorder {
  readonly observer: Required<Observer>;
  snapshot(): MetricsSnapshot;
}

type TokensEvent = Parameters<Required<Observer>["tokens"]>[0];

/** Label values come from configuration and from our own words, never from a request: their number is bounded. */
function key(name: string, labels: Readonly<Record<string, string | number>>): string {
  let pairs = "";
  for (const label in labels) {
    const value = labels[label];
    const text = typeof value === "string" ? value.replaceAll(/["\\\n]/g, "_") : value;
    pairs += `${pairs === "" ? "" : ","}${label}="${text}"`;
  }
  return pairs === "" ? name : `${name}{${pairs}}`;
}

export function createMetricsRecorder(options: { readonly droppedLogLines: () => number }): MetricsRecorder {
  const counters = new Map<string, number>();
  const histograms = new Map<string, { buckets: number[]; count: number; sumSeconds: number }>();

  function count<Name extends MetricOf<"counter">>(name: Name, labels: LabelsOf<Name>): void {
    const at = key(name, labels);
    counters.set(at, (counters.get(at) ?? 0) + 1);
  }

  function observe<Name extends MetricOf<"histogram">>(
    name: Name,
    labels: LabelsOf<Name>,
    durationMs: number,
  ): void {
    const at = key(name, labels);
    const histogram = histograms.get(at) ?? {
      buckets: BUCKETS_SECONDS.map(() => 0),
      count: 0,
      sumSeconds: 0,
    };
    histograms.set(at, histogram);
    const seconds = durationMs / 1000;
    const bucket = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + 1;
    histogram.count += 1;
    histogram.sumSeconds += seconds;
  }

  function onTokens(event: TokensEvent): void {
    switch (event.kind) {
      case "refresh":
        count("refresh_total", { outcome: event.outcome });
        observe("refresh_duration_seconds", { outcome: event.outcome }, event.durationMs);
        return;
      case "session_ended":
        return count("sessions_ended_total", { reason: event.reason });
      default:
        return count(`${event.kind}_total`, {});
    }
  }

  return {
    observer: {
      call({ route, status, durationMs }) {
        count("api_calls_total", { route, status });
        observe("api_call_duration_seconds", { route }, durationMs);
      },
      tokens: onTokens,
    },
    snapshot: () => ({
      counters: { ...Object.fromEntries(counters), log_lines_dropped_total: options.droppedLogLines() },
      gauges: {},
      histograms: Object.fromEntries(
        [...histograms].map(([at, value]) => [at, { ...value, buckets: [...value.buckets] }]),
      ),
    }),
  };
}
