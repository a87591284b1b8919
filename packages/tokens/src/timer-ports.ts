/** Clocks and timers. `setTimeout` returns a handle that only `clearTimeout` understands. */
export interface TimerPorts {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Milliseconds from an arbitrary start; never set, never goes back. */
  readonly monotonicMs: () => number;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (handle: unknown) => void;
}

/** The platform's timers. */
export const SYSTEM_TIMERS: Pick<TimerPorts, "setTimeout" | "clearTimeout"> = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
