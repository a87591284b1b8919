/** Calls back once after `ms`, unless stopped; a port, so that tests and simulations own the time. */
export type StartTimer = (onExpire: () => void, ms: number) => () => void;

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

export function createDeadline(startTimer: StartTimer, onExpire: () => void): Deadline {
  let stop: (() => void) | undefined;
  function clear(): void {
    stop?.();
    stop = undefined;
  }
  return {
    set: (ms) => {
      clear();
      stop = startTimer(onExpire, ms);
    },
    clear,
  };
}
