import type { TimerPorts } from "../timer-ports.ts";

/** When something was begun, by both clocks: one of them may jump, the other may stand still while the machine sleeps. */
export interface ClockReading {
  readonly monotonicMs: number;
  readonly nowMs: number;
}

export function readClocks(ports: Pick<TimerPorts, "monotonicMs" | "nowMs">): ClockReading {
  return { monotonicMs: ports.monotonicMs(), nowMs: ports.nowMs() };
}

/** What passed since a moment by the clock that says more. */
export function elapsedMs(since: ClockReading, ports: Pick<TimerPorts, "monotonicMs" | "nowMs">): number {
  return Math.max(ports.monotonicMs() - since.monotonicMs, ports.nowMs() - since.nowMs);
}

/** What a leader knows of its lease without asking the store: never more than is true. */
export interface Lease {
  /** Milliseconds that are surely left; negative when it may be over. */
  remainingMs(): number;
  /** Stops renewing. */
  readonly stop: () => void;
}

const MARGIN_MS = 15_000;
const RENEW_EVERY_MS = MARGIN_MS / 3;

/** How long leases are: a whole token call, and what it takes to notice that a renewal has failed. */
export function leaseMsFor(tokenTimeoutMs: number): number {
  return tokenTimeoutMs + MARGIN_MS;
}

/**
 * Keeps a lease alive by renewing it every 5 s.
 *
 * It counts from before the claim or the renewal was sent, so the store's own count ends later.
 *
 * @param renew `false`: the lease is lost. A rejection leaves it as it is; the next renewal is tried all the same.
 */
export function keepLease(
  lease: { readonly leaseMs: number; readonly claimedAt: ClockReading },
  renew: () => Promise<boolean>,
  ports: TimerPorts,
): Lease {
  let since = lease.claimedAt;
  let isLost = false;
  let isStopped = false;
  let timer = ports.setTimeout(onDue, RENEW_EVERY_MS);

  function onDue(): void {
    const sentAt = readClocks(ports);
    renew().then(
      (isHeld) => {
        if (isHeld) since = sentAt;
        else isLost = true;
        schedule();
      },
      // The store is out of reach: what is left of the lease is still left.
      () => schedule(),
    );
  }

  function schedule(): void {
    if (!isStopped && !isLost) timer = ports.setTimeout(onDue, RENEW_EVERY_MS);
  }

  return {
    remainingMs: () => (isLost ? -1 : lease.leaseMs - elapsedMs(since, ports)),
    stop() {
      isStopped = true;
      ports.clearTimeout(timer);
    },
  };
}

/** Where there is no store to grant one: a lease that never ends. */
export const NO_LEASE: Lease = { remainingMs: () => Number.POSITIVE_INFINITY, stop: () => undefined };
