/** When calls of an origin are held back since it can't be reached; the same for all targets of one origin. */
export interface CircuitLimits {
  /** So many failures within the window, and no fewer than half of the calls that ended in it, open it; `none`: it never opens. */
  readonly failures: number | "none";
  readonly windowMs: number;
  /** An open one lets a call through this long after it opened, and after each that failed, to see whether it may close. */
  readonly retryMs: number;
}

/**
 * What a call says of its upstream. `reached`: it answered. `failed`: it didn't, or a gateway before it says that it doesn't.
 * `unknown`: nothing, since the call was given up, or the fault is ours.
 */
export type UpstreamVerdict = "reached" | "failed" | "unknown";

/** Lets one call through. To be settled once. */
export interface CircuitPass {
  readonly kind: "admitted";
  /** @param reason of a failure, for whoever reads the log */
  settle(verdict: UpstreamVerdict, reason?: string): void;
  /** Asked by a call that has waited: it may have opened meanwhile. */
  isValid(): boolean;
}

/** An origin that can't be reached: `retryAfterMs` says when a call will be tried again. */
export interface CircuitRefusal {
  readonly kind: "refused";
  readonly retryAfterMs: number;
}

/** It has opened, for the `reason` of the last failure; or it has closed, after `openMs` in which so many calls were `refused`. */
export type CircuitChange =
  | { readonly isOpen: true; readonly reason: string }
  | { readonly isOpen: false; readonly openMs: number; readonly refused: number };

/** Holds back the calls of one origin while it can't be reached. */
export interface Circuit {
  /** @param patienceMs how long one call that tries it may take before another one is let through beside it */
  admit(patienceMs: number): CircuitPass | CircuitRefusal;
  isOpen(): boolean;
}

/** The window moves on by this part of itself. */
const SLICES = 10;

interface Slice {
  readonly startedAt: number;
  calls: number;
  failures: number;
}

/**
 * Opens where an origin fails, lets one call at a time try it then, and closes when one of those is answered.
 *
 * Only calls of the time that it is about count: one that began before it opened, and ends after it has closed, says nothing.
 * Without this, calls that hung for half a minute would open it again as soon as the origin is back.
 */
export function createCircuit(
  limits: CircuitLimits & { readonly failures: number },
  monotonicMs: () => number,
  onChange: (change: CircuitChange) => void,
): Circuit {
  let slices: Slice[] = [];
  let isOpen = false;
  let openedAt = 0;
  let refused = 0;
  let nextTryAt = 0;
  let probe: CircuitPass | undefined;
  /** Of all calls since it closed. */
  let period = createPeriod();

  function sliceOf(now: number): Slice {
    const last = slices.at(-1);
    if (last !== undefined && now - last.startedAt < limits.windowMs / SLICES) return last;
    const next = { startedAt: now, calls: 0, failures: 0 };
    slices = [...slices.filter(({ startedAt }) => now - startedAt < limits.windowMs), next];
    return next;
  }

  function hasFailedTooOften(): boolean {
    let calls = 0;
    let failures = 0;
    for (const slice of slices) {
      calls += slice.calls;
      failures += slice.failures;
    }
    return failures >= limits.failures && failures * 2 >= calls;
  }

  function open(reason: string): void {
    isOpen = true;
    openedAt = monotonicMs();
    nextTryAt = openedAt + limits.retryMs;
    refused = 0;
    onChange({ isOpen, reason });
  }

  function close(): void {
    isOpen = false;
    slices = [];
    period = createPeriod();
    onChange({ isOpen, openMs: Math.round(monotonicMs() - openedAt), refused });
  }

  function createPeriod(): CircuitPass {
    const own: CircuitPass = {
      kind: "admitted",
      isValid: () => own === period && !isOpen,
      settle(verdict, reason = "unknown") {
        if (!own.isValid() || verdict === "unknown") return;
        const slice = sliceOf(monotonicMs());
        slice.calls += 1;
        if (verdict === "reached") return;
        slice.failures += 1;
        if (hasFailedTooOften()) open(reason);
      },
    };
    return own;
  }

  function createProbe(): CircuitPass {
    const own: CircuitPass = {
      kind: "admitted",
      isValid: () => own === probe,
      settle(verdict) {
        // Another one was let through since.
        if (!own.isValid()) return;
        probe = undefined;
        if (verdict === "reached") close();
        // Whoever gives up, makes room for the next at once.
        else nextTryAt = monotonicMs() + (verdict === "failed" ? limits.retryMs : 0);
      },
    };
    return own;
  }

  return {
    admit(patienceMs) {
      if (!isOpen) return period;
      const now = monotonicMs();
      if (now < nextTryAt) {
        refused += 1;
        return { kind: "refused", retryAfterMs: Math.min(nextTryAt - now, limits.retryMs) };
      }
      nextTryAt = now + patienceMs;
      probe = createProbe();
      return probe;
    },
    isOpen: () => isOpen,
  };
}
