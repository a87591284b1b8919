import type { RoundShapes } from "./calls-of-round.ts";
import type { Stage } from "./stage.ts";
import type { Tally } from "./tally.ts";

/** What every round of a run shares. */
export interface RoundContext {
  readonly stage: Stage;
  readonly tally: Tally;
  readonly shapes: RoundShapes;
  /** Goes on beside the next rounds; the run waits for it at its end. */
  inBackground(work: Promise<void>): void;
  /** Whether a storm blew at any time since then. */
  isStormySince(atMs: number): boolean;
  /** Whether this person's token call was in flight when a process was killed; forgets it. */
  takeInFlight(sub: string): boolean;
}
