import type { TimerPorts } from "../timer-ports.ts";

export interface Breaker {
  /** Resolves `true` when a token call may be made, `false` if that isn't so within `waitMs`. */
  admit(waitMs: number): Promise<boolean>;
  /**
   * The provider answered sensibly: everyone may call.
   *
   * @param atMs when, by the monotonic clock; one before the last failure changes nothing. Default: just now
   */
  succeeded(atMs?: number): void;
  /** It didn't: one call a second at most from now on. */
  failed(): void;
  readonly isOpen: () => boolean;
  /** It failed within the last minute, and hasn't succeeded since. Later nobody knows: nobody has asked. */
  hasFailedLately(): boolean;
  /** Milliseconds until the next probe; 0 when everyone may call. */
  nextProbeInMs(): number;
}

const PROBE_EVERY_MS = 1_000;
const LATELY_MS = 60_000;

/**
 * Shields a provider that fails from everyone's calls: while it is open, one probe goes through in a second.
 *
 * It opens at the first failure and closes at the first success, of calls under way too, so that one lost answer delays
 * others by a second at most.
 */
export function createBreaker(
  onChange: (isOpen: boolean) => void,
  ports: Pick<TimerPorts, "monotonicMs" | "setTimeout" | "clearTimeout">,
): Breaker {
  let isOpen = false;
  let nextProbeAt = 0;
  let failedAt = 0;
  let timer: unknown;
  const queue = new Set<() => void>();

  function tryEnter(): boolean {
    if (!isOpen) return true;
    if (ports.monotonicMs() < nextProbeAt) return false;
    nextProbeAt = ports.monotonicMs() + PROBE_EVERY_MS;
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
        function enter(): void {
          if (!tryEnter()) return;
          queue.delete(enter);
          ports.clearTimeout(giveUp);
          resolve(true);
        }
        queue.add(enter);
        arm();
      });
    },
    succeeded(atMs = Number.POSITIVE_INFINITY) {
      if (!isOpen || atMs <= failedAt) return;
      isOpen = false;
      onChange(false);
      serveQueue();
    },
    failed() {
      failedAt = ports.monotonicMs();
      nextProbeAt = Math.max(nextProbeAt, failedAt + PROBE_EVERY_MS);
      if (isOpen) return;
      isOpen = true;
      onChange(true);
    },
    isOpen: () => isOpen,
    hasFailedLately: () => isOpen && ports.monotonicMs() - failedAt < LATELY_MS,
    nextProbeInMs: () => (isOpen ? Math.max(0, nextProbeAt - ports.monotonicMs()) : 0),
  };
}
