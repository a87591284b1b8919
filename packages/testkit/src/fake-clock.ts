/** A clock that moves only when it is told to. */
export interface FakeClock {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Moves on and fires every timer that falls due, in order; what a timer starts runs before the next one fires. */
  readonly advance: (durationMs: number) => Promise<void>;
  readonly setTimeout: (callback: () => void, delayMs?: number) => number;
  readonly clearTimeout: (id: unknown) => void;
  readonly pendingTimers: () => number;
}

interface Timer {
  readonly id: number;
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Starts at `startMs`; timers due at one moment fire in the order in which they were set. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let currentMs = startMs;
  let lastId = 0;
  let timers: readonly Timer[] = [];

  const nextDue = (untilMs: number): Timer | undefined =>
    timers.filter((timer) => timer.dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs || a.id - b.id)[0];

  return {
    nowMs: () => currentMs,
    async advance(durationMs) {
      if (!(durationMs >= 0)) throw new RangeError("a clock doesn't go back: give a duration of 0 or more");
      const targetMs = currentMs + durationMs;
      await settlePromises();
      for (let timer = nextDue(targetMs); timer !== undefined; timer = nextDue(targetMs)) {
        const fired = timer;
        timers = timers.filter((other) => other !== fired);
        currentMs = Math.max(currentMs, fired.dueMs);
        fired.callback();
        await settlePromises();
      }
      currentMs = targetMs;
    },
    setTimeout(callback, delayMs = 0) {
      lastId += 1;
      timers = [...timers, { id: lastId, dueMs: currentMs + Math.max(delayMs, 0), callback }];
      return lastId;
    },
    clearTimeout(id) {
      timers = timers.filter((timer) => timer.id !== id);
    },
    pendingTimers: () => timers.length,
  };
}

/** A turn of the real event loop: every promise that can settle by itself has settled after it. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
