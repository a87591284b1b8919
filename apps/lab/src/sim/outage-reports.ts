import { hadStoreTrouble, stoodStillMs } from "./facts.ts";
import type { Facts } from "./facts.ts";
import type { SimProcess } from "./sim-process.ts";

/** An outage of the store is reported once, and only where there is one: a record that can't be read is none. */

/** From the first refusal to the report: a probe, and a request that asks again. */
const REPORT_WITHIN_MS = 5_000;

export function mayReport(
  facts: Facts,
  process: SimProcess,
  state: "down" | "up",
  now: number,
): string | undefined {
  if (state === "up") {
    return facts.outages(process).some(([from, to]) => from < now - REPORT_WITHIN_MS && to > now)
      ? "a store that is down was reported to be back"
      : undefined;
  }
  const hasProbeFailed = facts.storeFailures.some(
    (failure) => failure.process === process && failure.call === "probe" && failure.at > now - 1_500,
  );
  // A probe waits for one second, and a process that stood still reads its answer later.
  const wasHampered = hadStoreTrouble(facts, now - 8_000, now) || stoodStillMs(process, now - 8_000, now) > 0;
  const wasSlow = facts.storeSlownessAt.some((at) => at > now - 8_000);
  return hasProbeFailed || wasHampered || wasSlow ? undefined : "a store that works was reported to be down";
}

export function mustReportOutage(facts: Facts, process: SimProcess, now: number): string | undefined {
  const since = facts.unreported.get(process)?.since ?? now;
  const isOut = facts.outages(process).some(([from, to]) => from <= since && to >= now);
  if (!isOut || now - since - stoodStillMs(process, since, now) <= REPORT_WITHIN_MS) return undefined;
  return `a store that refuses writes wasn't reported for ${now - since} ms`;
}
