import { pause } from "./pause.ts";
import type { RoundContext } from "./round-context.ts";
import { noteSurprise } from "./tally.ts";
import type { CallResult, Visitor } from "./visitor.ts";

export interface Fate {
  readonly kind: "alive" | "lost" | "open";
  readonly last: CallResult;
}

export const QUICK_FATE_MS = 5_000;
/** Longer than a lease of a process that was killed, and the look at its end. */
const PATIENT_FATE_MS = 150_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Calls until it is clear whether a session lives: 200 is alive; any other answer than "not now" (5xx, 429, none) is lost.
 *
 * @returns `open` if it isn't clear within `withinMs`
 */
export async function learnFate(visitor: Visitor, withinMs: number): Promise<Fate> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const last = await visitor.call();
    if (last.status === 200) return { kind: "alive", last };
    const isNotNow = last.status === 0 || last.status === 429 || last.status >= 500;
    if (!isNotNow) return { kind: "lost", last };
    if (performance.now() > endMs) return { kind: "open", last };
    await pause(LOOK_EVERY_MS);
  }
}

/** Waits for the fate of a session that a storm left open, and counts it. */
export async function judgeLate(visitor: Visitor, context: RoundContext): Promise<void> {
  const { kind, last } = await learnFate(visitor, PATIENT_FATE_MS);
  const { sub } = visitor.person;
  const wasInFlight = context.takeInFlight(sub);
  if (kind === "lost" && wasInFlight) context.tally.lostInFlight += 1;
  else if (kind !== "alive") {
    context.tally.sessionsLost += 1;
    noteSurprise(
      context.tally,
      "lost",
      `${sub}: session ${kind} after a storm, ${last.status} ${last.words}`,
    );
  }
  context.stage.waitingRoom.comeBack(visitor.person);
}
