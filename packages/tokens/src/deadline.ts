import type { TimerPorts } from "./timer-ports.ts";

export type Timed<T> = { readonly kind: "answer"; readonly value: T } | { readonly kind: "timeout" };

const LATE_MS = 100;
const GRACE_MS = 250;

/**
 * Waits for a promise, but at most `ms`; an answer that has already arrived always wins over the time-out.
 *
 * After a pause of the process, timers fire before the answers that came meanwhile are read. So a timer that fires late
 * waits another 250 ms for them, and one that fires in time waits for one more round of the event loop.
 *
 * The promise isn't cancelled. Rejects as it rejects.
 */
export function waitAtMost<T>(
  promise: Promise<T>,
  ms: number,
  ports: Pick<TimerPorts, "monotonicMs" | "setTimeout" | "clearTimeout">,
): Promise<Timed<T>> {
  return new Promise((resolve, reject) => {
    const dueAt = ports.monotonicMs() + Math.max(0, ms);
    let handle = ports.setTimeout(onDue, Math.max(0, ms));
    function onDue(): void {
      const wasPaused = ports.monotonicMs() - dueAt > LATE_MS;
      handle = ports.setTimeout(() => resolve({ kind: "timeout" }), wasPaused ? GRACE_MS : 0);
    }
    promise.then(
      (value) => {
        ports.clearTimeout(handle);
        resolve({ kind: "answer", value });
      },
      (error: unknown) => {
        ports.clearTimeout(handle);
        reject(error instanceof Error ? error : new Error("not an error was thrown", { cause: error }));
      },
    );
  });
}

/** Resolves after `ms`. */
export function pause(ms: number, ports: Pick<TimerPorts, "setTimeout">): Promise<void> {
  return new Promise((resolve) => {
    ports.setTimeout(resolve, Math.max(0, ms));
  });
}
