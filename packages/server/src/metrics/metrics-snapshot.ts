import { METRICS } from "./metrics-table.ts";

/** Everything counted so far, as JSON, so that one process can tell it to another. Keys are `name{label="value"}`. */
export interface MetricsSnapshot {
  readonly counters: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, Histogram>>;
  /** What is so just now; added up, or the highest of it, as the table says. */
  readonly gauges: Readonly<Record<string, number>>;
}

export interface Histogram {
  /** By upper bound, in the order of `BUCKETS_SECONDS`; not cumulative. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
  /** By the index of its bucket, which for the last one is that of no bound: the newest trace that was counted there. */
  readonly exemplars?: Readonly<Record<string, Exemplar>>;
}

/** One observation that has a trace. @see https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars */
export interface Exemplar {
  readonly traceId: string;
  readonly valueSeconds: number;
  readonly atSeconds: number;
}

/** Upper bounds, seconds: from a call that costs nothing to a token call's deadline. */
export const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export const EMPTY_SNAPSHOT: MetricsSnapshot = { counters: {}, histograms: {}, gauges: {} };

/** Adds up what several processes have counted. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const counters: Record<string, number> = {};
  const histograms: Record<string, Histogram> = {};
  const gauges: Record<string, number> = {};
  for (const snapshot of snapshots) {
    for (const [key, value] of Object.entries(snapshot.counters))
      counters[key] = (counters[key] ?? 0) + value;
    for (const [key, value] of Object.entries(snapshot.gauges))
      gauges[key] = isSum(key) ? (gauges[key] ?? 0) + value : Math.max(gauges[key] ?? 0, value);
    for (const [key, value] of Object.entries(snapshot.histograms)) {
      const known = histograms[key];
      histograms[key] =
        known === undefined
          ? value
          : {
              buckets: known.buckets.map((count, index) => count + (value.buckets[index] ?? 0)),
              count: known.count + value.count,
              sumSeconds: known.sumSeconds + value.sumSeconds,
              exemplars: { ...known.exemplars, ...value.exemplars },
            };
    }
  }
  return { counters, histograms, gauges };
}

function isSum(key: string): boolean {
  const [name = ""] = key.split("{");
  return Object.entries(METRICS).some(
    ([known, metric]) => known === name && metric.type === "gauge" && metric.merge === "sum",
  );
}
