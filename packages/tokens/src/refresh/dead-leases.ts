import QuickLRU from "quick-lru";

/** Since when leases of others have been seen expired. */
export interface DeadLeases {
  /** Notes that this lease was seen expired. @returns it has been, without a gap, for long enough to be taken over */
  mayTakeOver(fence: string): boolean;
}

const MAX_LEASES = 10_000;
const SEEN_FOR_MS = 5_000;
/** Two looks further apart than this have a gap between them. */
const GAP_MS = 1_500;

/**
 * Without this wait, the first to reach a store that was down would take over from a leader that is about to record a
 * success, and spend the same refresh token again.
 *
 * @param outages how many outages of the store there have been: one between two looks is a gap
 */
export function createDeadLeases(monotonicMs: () => number, outages: () => number): DeadLeases {
  const sightings = new QuickLRU<string, { since: number; last: number; outages: number }>({
    maxSize: MAX_LEASES,
  });
  return {
    mayTakeOver(fence) {
      const now = monotonicMs();
      const known = sightings.get(fence);
      const isContinued = known !== undefined && now - known.last <= GAP_MS && known.outages === outages();
      const since = isContinued ? known.since : now;
      sightings.set(fence, { since, last: now, outages: outages() });
      return now - since >= SEEN_FOR_MS;
    },
  };
}
