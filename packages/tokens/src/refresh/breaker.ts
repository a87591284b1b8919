import type { TimerPorts } from "../timer-ports.ts";

export interface Breaker {
  /** Resolves `true` when a token call may be made, `false` if that isn't so within `waitMs`. */
  admit(waitMs: number): Promise<boolean>;
  /** The provider answered sensibly: everyone may call. */
  succeeded(): void;
  /** It didn't: one call at most in `probeEveryMs` from now on. */
  failed(): void;
  readonly isOpen: () => boolean;
  /** Milliseconds until the next probe; 0 when everyone may call. */
  nextProbeInMs(): number;
}

/**
 * Shields a provider that fails from everyone's calls: while it is open, one probe goes through in `probeEveryMs`.
 *
 * It opens at the first failure and closes at the first success, of calls under way too, so that one lost answer delays
 * others by a second at most.
 */
export function createBreaker(
  options: { readonly probeEveryMs: number; readonly onChange: (isOpen: boolean) => void },
  ports: Pick<TimerPorts, "monotonicMs" | "setTimeout" | "clearTimeout">,
): Breaker {
  let isOpen = false;
  let nextProbeAt = 0;
  let timer: unknown;
  const queue = new Set<() => void>();

  function tryEnter(): boolean {
    if (!isOpen) return true;
    if (ports.monotonicMs() < nextProbeAt) return false;
    nextProbeAt = ports.monotonicMs() + options.probeEveryMs;
    return true;
  }

  function serveQueue(): void {
    for (const enter of queue) enter();
    arm();
  }

  /** One timer for the whole queue, at the next probe. */
  function arm(): void {
    if (timer !== undefined) ports.clearTimeout(timer);
    timer = undefined;
    if (queue.size === 0) return;
    timer = ports.setTimeout(serveQueue, Math.max(1, nextProbeAt - ports.monotonicMs()));
  }

  return {
    admit(waitMs) {
      if (tryEnter()) return Promise.resolve(true);
      if (waitMs <= 0) return Promise.resolve(false);
      return new Promise((resolve) => {
        const giveUp = ports.setTimeout(() => {
          queue.delete(enter);
          resolve(false);
        }, waitMs);
        const enter = (): void => {
          if (!tryEnter()) return;
          queue.delete(enter);
          ports.clearTimeout(giveUp);
          resolve(true);
        };
        queue.add(enter);
        arm();
      });
    },
    succeeded() {
      if (!isOpen) return;
      isOpen = false;
      options.onChange(false);
      serveQueue();
    },
    failed() {
      nextProbeAt = Math.max(nextProbeAt, ports.monotonicMs() + options.probeEveryMs);
      if (isOpen) return;
      isOpen = true;
      options.onChange(true);
    },
    isOpen: () => isOpen,
    nextProbeInMs: () => (isOpen ? Math.max(0, nextProbeAt - ports.monotonicMs()) : 0),
  };
}
