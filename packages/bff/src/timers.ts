import type { BffPorts } from "./ports.ts";

/** Timers as ports, the platform's by default. */
export interface Timers {
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (handle: unknown) => void;
  /** @returns stops it */
  readonly start: (onExpire: () => void, ms: number) => () => void;
}

export function createTimers(ports: Pick<BffPorts, "setTimeout" | "clearTimeout">): Timers {
  const startTimer = ports.setTimeout ?? ((run, ms) => setTimeout(run, ms));
  const stopTimer = ports.clearTimeout ?? ((handle) => clearTimeout(handle as ReturnType<typeof setTimeout>));
  return {
    setTimeout: startTimer,
    clearTimeout: stopTimer,
    start(onExpire, ms) {
      const handle = startTimer(onExpire, ms);
      return () => stopTimer(handle);
    },
  };
}
