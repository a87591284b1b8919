import type { TimerPorts } from "../src/keeper-ports.ts";

/** Time that passes only when a test says so. */
export interface ManualClock extends TimerPorts {
  /** Lets time pass, running what is due in order and everything that follows from it. */
  advance(ms: number): Promise<void>;
  /** The process stands still: time passes, nothing runs, then all that is due at once. */
  pauseProcess(ms: number, meanwhile?: () => void): Promise<void>;
  /** Runs everything that can run without time passing. */
  settle(): Promise<void>;
}

export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let elapsed = 0;
  let nextId = 1;
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  function dueBefore(limit: number): number | undefined {
    let found: number | undefined;
    for (const [id, timer] of timers) {
      const best = found === undefined ? undefined : timers.get(found);
      if (timer.at <= limit && (best === undefined || timer.at < best.at)) found = id;
    }
    return found;
  }

  function fire(id: number): void {
    const timer = timers.get(id);
    timers.delete(id);
    timer?.run();
  }

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    nowMs: () => startMs + elapsed,
    monotonicMs: () => elapsed,
    setTimeout(run, ms) {
      const id = nextId;
      nextId += 1;
      timers.set(id, { at: elapsed + Math.max(0, ms), run });
      return id;
    },
    clearTimeout(handle) {
      if (typeof handle === "number") timers.delete(handle);
    },
    settle,
    async advance(ms) {
      const target = elapsed + ms;
      await settle();
      for (let id = dueBefore(target); id !== undefined; id = dueBefore(target)) {
        elapsed = Math.max(elapsed, timers.get(id)?.at ?? elapsed);
        fire(id);
        await settle();
      }
      elapsed = target;
      await settle();
    },
    async pauseProcess(ms, meanwhile) {
      elapsed += ms;
      const due = [...timers]
        .filter(([, timer]) => timer.at <= elapsed)
        .toSorted(([, a], [, b]) => a.at - b.at);
      for (const [id] of due) fire(id);
      meanwhile?.();
      await settle();
    },
  };
}
