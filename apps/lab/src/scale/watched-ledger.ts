import type { Ledger } from "@coatcheck/tokens";

/** A ledger whose calls can be counted and waited for. */
export interface WatchedLedger {
  readonly ledger: Ledger;
  /** Steps by name since it began. */
  readonly steps: ReadonlyMap<string, number>;
  /** Resolves when no step is under way. */
  settled(): Promise<void>;
}

/** Not steps on a record. */
const UNCOUNTED = new Set(["watchEndings", "close", "catchUp", "stats"]);

/** @param hearsEndings `false`: it never looks for endings by itself, so that what is counted is what was asked for */
export function watchLedger(inner: Ledger, hearsEndings: boolean): WatchedLedger {
  const steps = new Map<string, number>();
  const running = new Set<Promise<unknown>>();
  const ledger = new Proxy(inner, {
    get(target, name: keyof Ledger) {
      const value = target[name];
      if (name === "watchEndings" && !hearsEndings)
        return () => ({ ready: Promise.resolve(), stop: () => undefined });
      if (typeof value !== "function" || UNCOUNTED.has(name)) return value;
      return (...args: unknown[]) => {
        steps.set(name, (steps.get(name) ?? 0) + 1);
        const answer = (value as (...given: unknown[]) => Promise<unknown>).apply(target, args);
        const forget = (): void => void running.delete(answer);
        running.add(answer);
        answer.then(forget, forget);
        return answer;
      };
    },
  });
  return {
    ledger,
    steps,
    async settled() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
