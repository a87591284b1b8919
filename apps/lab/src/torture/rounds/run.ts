import type { Stage } from "../stage/stage.ts";
import type { PlanOptions } from "./plan.ts";
import { createTally, type Tally } from "./tally.ts";

export interface RoundsSettings extends PlanOptions {
  /** How many calls meet an expired token at once; and of a page load, how many over what time. */
  readonly waveCalls: number;
  /** APIs that the calls go to in turn, each with a resource and a token of its own. */
  readonly apis: number;
  readonly pageCalls: number;
  /** So many pages load at once, in one browser. */
  readonly tabs: number;
  readonly pageMs: number;
  /** How long token calls take around a kill. A session that is hit takes a minute to resolve. */
  readonly slowTokenMs: number;
}

/** What every round of a run shares. */
export interface Run {
  readonly stage: Stage;
  readonly settings: RoundsSettings;
  readonly tally: Tally;
  /** What goes on beside the next rounds; the run waits for it at its end. */
  readonly background: Set<Promise<void>>;
  /** Whose token call was in flight when a process was killed. */
  readonly inFlight: Set<string>;
  /** When the last fault that struck all sessions was over; infinite while one is under way. */
  disruptedUntilMs: number;
}

/** Of a token's life: before this is over nobody refreshes it. */
export const FRESH_PART = 0.75;
/** How long after a disruption its last effects count. */
const AFTER_DISRUPTION_MS = 15_000;

export function createRun(stage: Stage, settings: RoundsSettings): Run {
  return {
    stage,
    settings,
    tally: createTally(),
    background: new Set(),
    inFlight: new Set(),
    disruptedUntilMs: Number.NEGATIVE_INFINITY,
  };
}

export function goOnInBackground({ background }: Run, work: Promise<void>): void {
  background.add(work);
  const forget = (): void => void background.delete(work);
  work.then(forget, forget);
}

/** Whether a fault struck all sessions at any time since then. */
export function isDisruptedSince({ disruptedUntilMs }: Run, atMs: number): boolean {
  return disruptedUntilMs + AFTER_DISRUPTION_MS > atMs;
}
