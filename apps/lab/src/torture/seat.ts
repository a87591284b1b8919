import type { CallResult, Visitor } from "./visitor.ts";
import { createVisitor } from "./visitor.ts";
import { pause } from "./pause.ts";
import type { Stage } from "./stage.ts";
import { noteSurprise, type Tally } from "./tally.ts";

/** Where one session after the other takes part in the rounds. */
export interface Seat {
  readonly visitor: Visitor;
  /** When the access token has certainly expired, milliseconds since the epoch. */
  expiredAtMs: number;
}

/** For the provider's whole seconds, and timers that come late. */
const MARGIN_MS = 300;
/** Of a token's life: before this is over nobody refreshes it. */
export const FRESH_PART = 0.75;
const MOST_TRIES = 20;
const RETRY_MS = 1_000;

/** When a token that was there at `atMs` has certainly expired. */
export function expiryAfter(stage: Stage, atMs: number, tokenSeconds = stage.tokenSeconds): number {
  return atMs + tokenSeconds * 1_000 + stage.target.expiresLateMs + MARGIN_MS;
}

/** Signs somebody in and makes the first call, so that the session has a token for the API. */
export async function takeSeat(stage: Stage, tally: Tally): Promise<Seat> {
  const person = stage.waitingRoom.next();
  const before = stage.idp.counters(person.sub).refreshes;
  const visitor = createVisitor(person, stage);
  let last: CallResult | undefined;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    try {
      await visitor.signIn();
      last = await visitor.call();
      if (last.status === 200) break;
    } catch (error) {
      // A process may just have been killed; a sign-in that never works is told below.
      if (attempt === MOST_TRIES) throw error;
    }
    await pause(RETRY_MS);
  }
  if (last?.status !== 200)
    noteSurprise(tally, "seat", `${person.sub}: no first call, ${last?.status} ${last?.words}`);
  tally.setUpTokenCalls += stage.idp.counters(person.sub).refreshes - before;
  return { visitor, expiredAtMs: expiryAfter(stage, Date.now()) };
}
