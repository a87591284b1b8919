import type { Meter } from "@opentelemetry/api";
import type { LoadSource, Observer } from "../observe/observer.ts";

/** The bounds that the semantic conventions advise, in seconds. */
const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** The metrics of `/metrics`, under names of OpenTelemetry. @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
export function createMeterObserver(meter: Meter): Required<Observer> {
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: BOUNDS_SECONDS } };
  const calls = meter.createHistogram("http.server.request.duration", {
    ...seconds,
    description: "How long API calls take.",
  });
  const refreshes = meter.createHistogram("coatcheck.refresh.duration", {
    ...seconds,
    description: "How long refreshes take, by how they end.",
  });
  const ended = meter.createCounter("coatcheck.sessions.ended", {
    unit: "{session}",
    description: "Sessions that this process ended.",
  });
  const events = meter.createCounter("coatcheck.events", {
    unit: "{event}",
    description:
      "Whatever else an operator wants to know of: the ledger's and the provider's ups and downs, defects.",
  });
  const shed = meter.createCounter("coatcheck.calls.shed", {
    unit: "{call}",
    description: "Calls that were refused since there was too much to do, by the limit that was reached.",
  });
  const connections = meter.createUpDownCounter("coatcheck.connections", {
    unit: "{connection}",
    description: "Event streams and WebSockets that are open.",
  });
  const connectionsEnded = meter.createCounter("coatcheck.connections.ended", {
    unit: "{connection}",
    description: "Event streams and WebSockets that have ended, by what ended them.",
  });
  const circuitsOpened = meter.createCounter("coatcheck.circuits.opened", {
    unit: "{circuit}",
    description: "Times that an API couldn't be reached any more, so that its calls were refused.",
  });
  const sources = observeLoad(meter);
  return {
    call({ method, route, status, durationMs }) {
      calls.record(durationMs / 1_000, {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
      });
    },
    tokens(event) {
      if (event.kind === "refresh")
        refreshes.record(event.durationMs / 1_000, { "coatcheck.refresh.outcome": event.outcome });
      else if (event.kind === "session_ended") ended.add(1, { "coatcheck.reason": event.reason });
      else events.add(1, { "coatcheck.event": event.kind });
    },
    shed: ({ route, limit }) => shed.add(1, { "http.route": route, "coatcheck.limit": limit }),
    connection({ route, kind, endedBy }) {
      const attributes = { "http.route": route, "coatcheck.connection.kind": kind };
      connections.add(endedBy === undefined ? 1 : -1, attributes);
      if (endedBy !== undefined) connectionsEnded.add(1, { ...attributes, "coatcheck.reason": endedBy });
    },
    circuit({ origin, isOpen }) {
      if (isOpen) circuitsOpened.add(1, { "coatcheck.upstream": origin });
    },
    watch(source) {
      sources.add(source);
      return () => sources.delete(source);
    },
  };
}

/** Has the meter ask for what there is to do, whenever it is read. @returns whom it asks */
function observeLoad(meter: Meter): Set<LoadSource> {
  const sources = new Set<LoadSource>();
  const upstreamCalls = meter.createObservableUpDownCounter("coatcheck.upstream.calls", {
    unit: "{call}",
    description: "Calls that an API works on, or that wait for it.",
  });
  const busiest = meter.createObservableGauge("coatcheck.session.calls.max", {
    unit: "{call}",
    description: "The most that one session has under way: calls, streams and WebSockets.",
  });
  const openCircuits = meter.createObservableUpDownCounter("coatcheck.circuits.open", {
    unit: "{circuit}",
    description: "Whether the calls of an API are refused, since it can't be reached.",
  });
  meter.addBatchObservableCallback(
    (result) => {
      const loads = Array.from(sources, (source) => source.load());
      // Two BFFs of a process may have an API in common: of two values for one thing, the last would count.
      const byOrigin = Map.groupBy(
        loads.flatMap(({ upstreams }) => upstreams),
        ({ origin }) => origin,
      );
      for (const [origin, upstreams] of byOrigin) {
        const attributes = { "coatcheck.upstream": origin };
        for (const state of ["active", "queued"] as const) {
          const sum = upstreams.reduce((total, upstream) => total + upstream[state], 0);
          result.observe(upstreamCalls, sum, { ...attributes, "coatcheck.state": state });
        }
        result.observe(openCircuits, upstreams.filter((one) => one.isCircuitOpen).length, attributes);
      }
      result.observe(busiest, Math.max(0, ...loads.map(({ busiestSession }) => busiestSession)));
    },
    [upstreamCalls, openCircuits, busiest],
  );
  return sources;
}
