/** Calls back once after `ms`, unless stopped; a port, so that tests and simulations own the time. */
export type StartTimer = (onExpire: () => void, ms: number) => () => void;

export const startRealTimer: StartTimer = (onExpire, ms) => {
  const timer = setTimeout(onExpire, ms);
  return () => {
    clearTimeout(timer);
  };
};

/** One deadline that can be moved. */
export interface Deadline {
  /** Replaces whatever was set. */
  set(ms: number): void;
  clear(): void;
}

export const createDeadline = (startTimer: StartTimer, onExpire: () => void): Deadline => {
  let stop: (() => void) | undefined;
  const clear = (): void => {
    stop?.();
    stop = undefined;
  };
  return {
    set: (ms) => {
      clear();
      stop = startTimer(onExpire, ms);
    },
    clear,
  };
};
