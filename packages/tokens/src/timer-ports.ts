/** Clocks and timers. `setTimeout` returns a handle that only `clearTimeout` understands. */
export interface TimerPorts {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Milliseconds from an arbitrary start; never set, never goes back. */
  readonly monotonicMs: () => number;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (handle: unknown) => void;
}
