/** Calls back once after `ms`, unless stopped; a port, so that tests and simulations own the time. */
export type StartTimer = (onExpire: () => void, ms: number) => () => void;

/** A timer that comes so much too late says that this process stood still, and nothing of whoever was waited for. */
const LATE_MS = 1_000;
/** Time to read what arrived meanwhile: timers run before that. */
const GRACE_MS = 1_000;

/** One deadline that can be moved. */
export interface Deadline {
  /** Replaces whatever was set. */
  set(ms: number): void;
  clear(): void;
}

export function startRealTimer(onExpire: () => void, ms: number): () => void {
  const timer = setTimeout(onExpire, ms);
  return () => {
    clearTimeout(timer);
  };
}

export function createDeadline(
  startTimer: StartTimer,
  monotonicMs: () => number,
  onExpire: () => void,
): Deadline {
  let stop: (() => void) | undefined;
  function clear(): void {
    stop?.();
    stop = undefined;
  }
  return {
    set: (ms) => {
      clear();
      const dueAt = monotonicMs() + ms;
      stop = startTimer(() => {
        if (monotonicMs() - dueAt < LATE_MS) onExpire();
        else stop = startTimer(onExpire, GRACE_MS);
      }, ms);
    },
    clear,
  };
}
