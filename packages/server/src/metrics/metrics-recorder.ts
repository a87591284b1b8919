import { getHeapStatistics } from "node:v8";
import type { LoadSource, Observer, Tracing } from "@coatcheck/bff";
import type { Rereading } from "../secrets/reread-secrets.ts";
import { METRICS, type LabelsOf, type MetricOf } from "./metrics-table.ts";
import { BUCKETS_SECONDS, type Exemplar, type MetricsSnapshot } from "./metrics-snapshot.ts";

/** Counts what this process does. */
export interface MetricsRecorder {
  readonly observer: Required<Observer>;
  /** From now on durations name a trace of each kind. */
  readonly onTracing: (tracing: Pick<Tracing, "sampledTraceId">) => void;
  readonly onReread: (outcome: Rereading) => void;
  snapshot(): MetricsSnapshot;
}

type TokensEvent = Parameters<Required<Observer>["tokens"]>[0];

const OUTCOMES = {
  led: true,
  joined: true,
  replayed: true,
  window: true,
  terminal: true,
  other_identity: true,
  refused: true,
  client: true,
  unsent: true,
  ambiguous: true,
  unreadable: true,
} as const satisfies Readonly<Record<Extract<TokensEvent, { kind: "refresh" }>["outcome"], true>>;

type Limit = Parameters<Required<Observer>["shed"]>[0]["limit"];

const LIMITS = { session: true, upstream: true, circuit: true, sockets: true } as const satisfies Record<
  Limit,
  true
>;

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
  exemplars: Record<string, Exemplar>;
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

  const connections = new Map<string, Counter>();
  const sources = new Set<LoadSource>();
  let hasStaleSecrets = false;
  let tracing: Pick<Tracing, "sampledTraceId"> = {};

  function observe(durations: Durations, durationMs: number): void {
    const seconds = durationMs / 1000;
    const found = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    const bucket = found === -1 ? BUCKETS_SECONDS.length : found;
    if (found !== -1) durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1;
    durations.count += 1;
    durations.sumSeconds += seconds;
    const traceId = tracing.sampledTraceId?.();
    if (traceId !== undefined)
      durations.exemplars[bucket] = { traceId, valueSeconds: seconds, atSeconds: Date.now() / 1000 };
  }

  function counterOf<Name extends MetricOf<"counter">>(name: Name, labels: LabelsOf<Name>): Counter {
    return obtain(counters, key(name, labels), () => ({ value: 0 }));
  }

  function refreshCounter(outcome: string): Counter {
    return counterOf("refresh_total", { outcome });
  }

  function circuitCounter(upstream: string): Counter {
    return counterOf("circuits_opened_total", { upstream });
  }

  function shedCounter(route: string, limit: string): Counter {
    return counterOf("calls_shed_total", { route, limit });
  }

  function count<Name extends MetricOf<"counter">>(name: Name, labels: LabelsOf<Name>): void {
    counterOf(name, labels).value += 1;
  }

  function durationsOf<Name extends MetricOf<"histogram">>(name: Name, labels: LabelsOf<Name>): Durations {
    return obtain(histograms, key(name, labels), () => ({
      buckets: BUCKETS_SECONDS.map(() => 0),
      count: 0,
      sumSeconds: 0,
      exemplars: {},
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
        refreshCounter(event.outcome).value += 1;
        observe(durationsOf("refresh_duration_seconds", { outcome: event.outcome }), event.durationMs);
        return;
      case "session_ended":
        return count("sessions_ended_total", { reason: event.reason });
      default:
        return count(`${event.kind}_total`, {});
    }
  }

  /** What the BFFs of this process have to do just now. */
  function readLoad(): Readonly<Record<string, number>> {
    const gauges: Record<string, number> = {};
    let busiest = 0;
    const add = (at: string, value: number): void => void (gauges[at] = (gauges[at] ?? 0) + value);
    for (const { upstreams, busiestSession } of Array.from(sources, (source) => source.load())) {
      busiest = Math.max(busiest, busiestSession);
      for (const { origin: upstream, isCircuitOpen, ...states } of upstreams) {
        add(gaugeKey("circuits_open", { upstream }), isCircuitOpen ? 1 : 0);
        for (const [state, value] of Object.entries(states))
          add(gaugeKey("upstream_calls", { upstream, state }), value);
      }
    }
    return { ...gauges, session_calls_max: busiest };
  }

  // At 0 from the start: Prometheus sees no increase in a series that begins with 1, so the first time would alert nobody.
  for (const [name, { type, labels }] of Object.entries(METRICS))
    if (type === "counter" && labels.length === 0) counters.set(name, { value: 0 });
  for (const outcome of Object.keys(OUTCOMES)) refreshCounter(outcome);

  return {
    observer: {
      call: ({ route, status, durationMs }) => onCall(route, status, durationMs),
      tokens: onTokens,
      shed: ({ route, limit }) => void (shedCounter(route, limit).value += 1),
      connection({ route, kind, endedBy }) {
        const open = obtain(connections, gaugeKey("open_connections", { route, kind }), () => ({ value: 0 }));
        open.value += endedBy === undefined ? 1 : -1;
        if (endedBy !== undefined) count("connections_ended_total", { route, kind, reason: endedBy });
      },
      circuit({ origin, isOpen }) {
        if (isOpen) circuitCounter(origin).value += 1;
      },
      watch(source) {
        sources.add(source);
        for (const route of source.routes) for (const limit of Object.keys(LIMITS)) shedCounter(route, limit);
        for (const { origin } of source.load().upstreams) circuitCounter(origin);
        return () => sources.delete(source);
      },
    },
    onTracing(found) {
      tracing = found;
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
      gauges: {
        secrets_stale: hasStaleSecrets ? 1 : 0,
        ...readLoad(),
        ...readMemory(),
        ...Object.fromEntries([...connections].map(([at, { value }]) => [at, value])),
      },
      histograms: Object.fromEntries(
        [...histograms].map(([at, value]) => [
          at,
          { ...value, buckets: [...value.buckets], exemplars: { ...value.exemplars } },
        ]),
      ),
    }),
  };
}

/** Asked for when metrics are read, since it takes longer than a call may be held up. */
function readMemory(): Readonly<Record<string, number>> {
  const { rss, heapUsed, external } = process.memoryUsage();
  const kinds = {
    resident: rss,
    heap_used: heapUsed,
    external,
    heap_limit: getHeapStatistics().heap_size_limit,
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, bytes]) => [gaugeKey("memory_bytes", { kind }), bytes]),
  );
}

function gaugeKey<Name extends MetricOf<"gauge">>(name: Name, labels: LabelsOf<Name>): string {
  return key(name, labels);
}

function obtain<Key, Value>(known: Map<Key, Value>, at: Key, make: () => Value): Value {
  const found = known.get(at);
  if (found !== undefined) return found;
  const made = make();
  known.set(at, made);
  return made;
}
