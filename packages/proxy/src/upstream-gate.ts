import type { CancelSignal } from "./cancellation.ts";
import type { StartTimer } from "./start-timer.ts";

/** How many calls one upstream gets at once. */
export interface UpstreamLimits {
  /** Calls whose headers are still to come. */
  readonly maxConcurrent: number;
  /** Calls that wait for one of these places; more fail at once. */
  readonly maxQueued: number;
  /** The longest that one waits. */
  readonly queueTimeoutMs: number;
}

/** Counts the calls to each origin that wait for headers, so that a hung upstream can't take up the whole process (S-143). */
export interface UpstreamGate {
  /** @returns `false`: too many. Whoever is in leaves once. Nothing is waited for where there is a place. */
  enter(origin: string, limits: UpstreamLimits, signal: CancelSignal | undefined): boolean | Promise<boolean>;
  leave(origin: string): void;
  loadOf(origin: string): UpstreamLoad;
}

/** What one upstream has to do just now. */
export interface UpstreamLoad {
  /** Calls whose headers are still to come. */
  readonly active: number;
  /** Calls that wait for one of their places. */
  readonly queued: number;
}

interface Traffic {
  inside: number;
  readonly queue: Set<(isIn: boolean) => void>;
}

export function createUpstreamGate(startTimer: StartTimer): UpstreamGate {
  // As many as there are upstreams in the configuration.
  const traffic = new Map<string, Traffic>();

  function trafficOf(origin: string): Traffic {
    const known = traffic.get(origin) ?? { inside: 0, queue: new Set() };
    traffic.set(origin, known);
    return known;
  }

  function wait({ queue }: Traffic, ms: number, signal: CancelSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      function settle(isIn: boolean): void {
        queue.delete(settle);
        stopTimer();
        signal?.removeEventListener("abort", giveUp);
        resolve(isIn);
      }
      const giveUp = (): void => settle(false);
      const stopTimer = startTimer(giveUp, ms);
      signal?.addEventListener("abort", giveUp);
      queue.add(settle);
    });
  }

  return {
    enter(origin, { maxConcurrent, maxQueued, queueTimeoutMs }, signal) {
      const here = trafficOf(origin);
      if (here.inside < maxConcurrent) {
        here.inside += 1;
        return true;
      }
      return here.queue.size < maxQueued && wait(here, queueTimeoutMs, signal);
    },
    leave(origin) {
      const here = trafficOf(origin);
      const [next] = here.queue;
      // Whoever waits longest takes the place over.
      if (next === undefined) here.inside -= 1;
      else next(true);
    },
    loadOf(origin) {
      const here = traffic.get(origin);
      return { active: here?.inside ?? 0, queued: here?.queue.size ?? 0 };
    },
  };
}
