import { createBoundedMap } from "../bounded-map.ts";

/** Since when leases of others have been seen expired. */
export interface LeaseSightings {
  /** Notes that this lease was seen expired. @returns it has been, without a gap, for long enough to be taken over */
  isRipe(fence: string): boolean;
}

const MAX_LEASES = 10_000;
/** Two looks further apart than this have a gap between them. */
const GAP_MS = 1_500;

/**
 * Without this wait, the first to reach a store that was down would take over from a leader that is about to record a
 * success, and spend the same refresh token again.
 *
 * @param failures how many ledger calls have failed so far: a failure between two looks is a gap
 */
export function createLeaseSightings(
  ripeAfterMs: number,
  monotonicMs: () => number,
  failures: () => number,
): LeaseSightings {
  const sightings = createBoundedMap<string, { since: number; last: number; failures: number }>(MAX_LEASES);
  return {
    isRipe(fence) {
      const now = monotonicMs();
      const known = sightings.get(fence);
      const isContinued = known !== undefined && now - known.last <= GAP_MS && known.failures === failures();
      const since = isContinued ? known.since : now;
      sightings.set(fence, { since, last: now, failures: failures() });
      return now - since >= ripeAfterMs;
    },
  };
}
