import type { Meter } from "@opentelemetry/api";
import type { Observer } from "../observe/observer.ts";

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
  };
}
