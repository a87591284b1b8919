import { sleep } from "../stage/sleep.ts";
import type { Visitor } from "../stage/visitor.ts";
import type { Run } from "./run.ts";
import { countLoss, type SessionEnd } from "./tally.ts";

/** Longer than a lease of a process that was killed, and the look at its end. */
const PATIENT_MS = 150_000;
const QUICK_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Calls until it is clear whether a session lives: 200 is alive; any other answer than "not now" (5xx, 429, none) is lost.
 *
 * @returns `unclear` if it isn't clear within `withinMs`
 */
export async function probeSession(visitor: Visitor, withinMs = QUICK_MS): Promise<SessionEnd> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const last = await visitor.call();
    if (last.status === 200) return { kind: "alive", last };
    const isNotNow = last.status === 0 || last.status === 429 || last.status >= 500;
    if (!isNotNow) return { kind: "lost", last };
    if (performance.now() > endMs) return { kind: "unclear", last };
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Waits until it is clear what became of a session that a disruption left unclear, and counts it.
 *
 * @param isRevoked its grant was, so that it dies whatever it answers now
 */
export async function judgeLate(
  visitor: Visitor,
  isRevoked: boolean,
  { stage, tally, inFlight }: Run,
): Promise<void> {
  const end = await probeSession(visitor, isRevoked ? 0 : PATIENT_MS);
  const { sub } = visitor.person;
  const wasInFlight = inFlight.delete(sub);
  if ((end.kind === "lost" || isRevoked) && wasInFlight) tally.lostInFlight += 1;
  else if (end.kind !== "alive" || isRevoked) countLoss(tally, `${sub}, disrupted`, { ...end, isRevoked });
  stage.people.push(visitor.person);
}
