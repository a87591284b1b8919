import type { Observer } from "@coatcheck/bff";
import type { Rereading } from "../secrets/reread-secrets.ts";
import type { LabelsOf, MetricOf } from "./metrics-table.ts";
import { BUCKETS_SECONDS, type MetricsSnapshot } from "./metrics-snapshot.ts";

/** Counts what this process does. */
export interface MetricsRecorder {
  readonly observer: Required<Observer>;
  readonly onReread: (outcome: Rereading) => void;
  snapshot(): MetricsSnapshot;
}

type TokensEvent = Parameters<Required<Observer>["tokens"]>[0];

/** Label values come from configuration and from our own words, never from a request: their number is bounded. */
function key(name: string, labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${label}="${String(value).replaceAll(/["\\\n]/g, "_")}"`,
  );
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

interface Counter {
  value: number;
}

interface Durations {
  readonly buckets: number[];
  count: number;
  sumSeconds: number;
}

/** What is counted of the calls of one route, found without making keys: a call shall not pay for its metrics. */
interface RouteMetrics {
  readonly byStatus: Map<number, Counter>;
  readonly durations: Durations;
}

export function createMetricsRecorder(options: { readonly droppedLogLines: () => number }): MetricsRecorder {
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Durations>();
  const routes = new Map<string, RouteMetrics>();

  let hasStaleSecrets = false;

  function counterOf<Name extends MetricOf<"counter">>(name: Name, labels: LabelsOf<Name>): Counter {
    return obtain(counters, key(name, labels), () => ({ value: 0 }));
  }

  function count<Name extends MetricOf<"counter">>(name: Name, labels: LabelsOf<Name>): void {
    counterOf(name, labels).value += 1;
  }

  function durationsOf<Name extends MetricOf<"histogram">>(name: Name, labels: LabelsOf<Name>): Durations {
    return obtain(histograms, key(name, labels), () => ({
      buckets: BUCKETS_SECONDS.map(() => 0),
      count: 0,
      sumSeconds: 0,
    }));
  }

  function onCall(route: string, status: number, durationMs: number): void {
    const { byStatus, durations } = obtain(routes, route, () => ({
      byStatus: new Map<number, Counter>(),
      durations: durationsOf("api_call_duration_seconds", { route }),
    }));
    obtain(byStatus, status, () => counterOf("api_calls_total", { route, status })).value += 1;
    observe(durations, durationMs);
  }

  function onTokens(event: TokensEvent): void {
    switch (event.kind) {
      case "refresh":
        count("refresh_total", { outcome: event.outcome });
        observe(durationsOf("refresh_duration_seconds", { outcome: event.outcome }), event.durationMs);
        return;
      case "session_ended":
        return count("sessions_ended_total", { reason: event.reason });
      default:
        return count(`${event.kind}_total`, {});
    }
  }

  return {
    observer: {
      call: ({ route, status, durationMs }) => onCall(route, status, durationMs),
      tokens: onTokens,
    },
    onReread(outcome) {
      hasStaleSecrets = outcome === "refused";
      count("secrets_reread_total", { outcome });
    },
    snapshot: () => ({
      counters: {
        ...Object.fromEntries([...counters].map(([at, { value }]) => [at, value])),
        log_lines_dropped_total: options.droppedLogLines(),
      },
      gauges: { secrets_stale: hasStaleSecrets ? 1 : 0 },
      histograms: Object.fromEntries(
        [...histograms].map(([at, value]) => [at, { ...value, buckets: [...value.buckets] }]),
      ),
    }),
  };
}

function obtain<Key, Value>(known: Map<Key, Value>, at: Key, make: () => Value): Value {
  const found = known.get(at);
  if (found !== undefined) return found;
  const made = make();
  known.set(at, made);
  return made;
}

function observe(durations: Durations, durationMs: number): void {
  const seconds = durationMs / 1000;
  const bucket = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
  if (bucket !== -1) durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1;
  durations.count += 1;
  durations.sumSeconds += seconds;
}
