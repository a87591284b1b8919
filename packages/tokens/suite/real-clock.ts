import type { TimerPorts } from "../src/keeper-ports.ts";

/** The system's clocks and timers as ports. */
export const realClock: TimerPorts = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
