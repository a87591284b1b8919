import { tokenCallsIn } from "../stage/token-calls.ts";
import { sleepUntil } from "../stage/sleep.ts";
import type { Visitor } from "../stage/visitor.ts";
import type { Round } from "./plan.ts";
import { judgeLate, probeSession } from "./probe-session.ts";
import { FRESH_PART, isDisruptedSince, type Run } from "./run.ts";
import { countLoss, noteSurprise } from "./tally.ts";

export interface StaleCookie {
  readonly visitor: Visitor;
  /** The `Cookie` header of before the round. */
  readonly cookie: string;
  readonly delayMs: number;
  /** When the new cookie was handed out, milliseconds since the epoch. */
  readonly handedAtMs: number;
  readonly round: Round;
}

/** Up to here a round waits for the old tab; longer delays go on beside the next rounds, with a token that lives longer. */
export const INLINE_STALE_MS = 1_000;
/** An old tab wakes up with a page load of its own. */
const OLD_TAB_CALLS = 3;
/** From here on the session may say that everybody has the new cookie. */
const SETTLED_MS = 130_000;

/** Shows a cookie whose refresh token was spent before: it must be answered from what the ledger knows. */
export async function showStaleCookie(stale: StaleCookie, run: Run): Promise<void> {
  const { visitor, cookie, delayMs, handedAtMs, round } = stale;
  const { stage, tally } = run;
  if (delayMs > SETTLED_MS) {
    await sleepUntil(handedAtMs + SETTLED_MS);
    await visitor.call();
  }
  await sleepUntil(handedAtMs + delayMs);
  const before = stage.idp.counters(visitor.person.sub);
  const beganMs = Date.now();
  const results = await Promise.all(Array.from({ length: OLD_TAB_CALLS }, () => visitor.call({ cookie })));
  const tokenCalls = tokenCallsIn(stage.idp.counters(visitor.person.sub)) - tokenCallsIn(before);

  const isDisrupted = isDisruptedSince(run, beganMs);
  const counts = (tally.stale[delayMs] ??= { shown: 0, replayed: 0, tokenCalls: 0 });
  for (const { status, text } of results) {
    // A process may have been killed under it; whether the session lives is asked below.
    if (status !== 200 && isDisrupted) continue;
    counts.shown += 1;
    tally.apiCalls += 1;
    if (status === 200) {
      counts.replayed += 1;
      tally.apiOk += 1;
    } else noteSurprise(tally, "stale", `round ${round.number}: after ${delayMs} ms, ${status} ${text}`);
  }
  // Without this, a machine that is too busy shows the old cookie when the new token is due again, too.
  const isTokenYoung = Date.now() - handedAtMs < stage.tokenSeconds * 1_000 * FRESH_PART;
  if (isTokenYoung || delayMs > INLINE_STALE_MS) counts.tokenCalls += tokenCalls;
  const end = await probeSession(visitor);
  // With its grant revoked, a session that still answers dies when its access token does.
  const isRevoked = stage.idp.counters(visitor.person.sub).grantsRevoked > before.grantsRevoked;
  if (end.kind === "alive" && !isRevoked) return;
  if (isDisrupted) return judgeLate(visitor, isRevoked, run);
  countLoss(tally, `round ${round.number}, by an old cookie`, { ...end, isRevoked });
}
