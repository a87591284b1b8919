import type { DemoEvent, ProviderCounts } from "@coatcheck/contract";
import type { StormPorts } from "./storm-ports.ts";

/** What happened while something was done: on the provider's side and on the counter's. */
export type Around<T> = {
  value: T;
  ms: number;
  /** By the provider's own count. */
  provider: ProviderCounts;
  events: readonly DemoEvent[];
};

/** Does one thing, and looks before and after at what provider and counter did. */
export async function lookAround<T>(
  ports: Pick<StormPorts, "counts" | "events" | "elapsedMs">,
  act: () => Promise<T>,
): Promise<Around<T>> {
  const before = await ports.counts();
  const lastId = Math.max(0, ...(await ports.events()).map(({ id }) => id));
  const startedAt = ports.elapsedMs();
  const value = await act();
  const ms = Math.round(ports.elapsedMs() - startedAt);
  const events = (await ports.events()).filter(({ id }) => id > lastId);
  const after = await ports.counts();
  const provider = {
    refreshes: after.refreshes - before.refreshes,
    refreshSuccesses: after.refreshSuccesses - before.refreshSuccesses,
    reuseDetected: after.reuseDetected - before.reuseDetected,
    grantsRevoked: after.grantsRevoked - before.grantsRevoked,
  };
  return { value, ms, provider, events };
}

/** `1 led, 5 joined`: how the requests came by their token. */
export function sayOutcomes(events: readonly DemoEvent[]): string {
  const counts = new Map<string, number>();
  for (const event of events)
    if (event.kind === "refresh") counts.set(event.outcome, (counts.get(event.outcome) ?? 0) + 1);
  const words = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll("_", " ")}`);
  return words.length === 0 ? "Nothing was renewed." : `${words.join(", ")}.`;
}

/** `1 refresh`, `2 refreshes`. */
export function sayRefreshes(count: number): string {
  return `${count} ${count === 1 ? "refresh" : "refreshes"}`;
}
