import { pauseUntil } from "./pause.ts";
import type { RoundContext } from "./round-context.ts";
import { FRESH_PART } from "./seat.ts";
import { judgeLate, learnFate, QUICK_FATE_MS } from "./session-fate.ts";
import { noteSurprise } from "./tally.ts";
import type { RoundPlan } from "./torture-plan.ts";
import type { Visitor } from "./visitor.ts";

export interface StaleCookie {
  readonly visitor: Visitor;
  /** The `Cookie` header of before the round. */
  readonly cookie: string;
  readonly delayMs: number;
  /** When the new cookie was handed out, milliseconds since the epoch. */
  readonly handedAtMs: number;
  readonly plan: RoundPlan;
}

/** Up to here a round waits for the old tab; longer delays go on beside the next rounds, with a token that lives longer. */
export const INLINE_STALE_MS = 1_000;
/** An old tab wakes up with a page load of its own. */
const OLD_TAB_CALLS = 3;
/** From here on the session may say that everybody has the new cookie. */
const SETTLED_MS = 130_000;

/** Shows a cookie whose refresh token was spent before: it must be answered from what the ledger knows. */
export async function showStaleCookie(stale: StaleCookie, context: RoundContext): Promise<void> {
  const { visitor, cookie, delayMs, handedAtMs, plan } = stale;
  const { idp } = context.stage;
  if (delayMs > SETTLED_MS) {
    await pauseUntil(handedAtMs + SETTLED_MS);
    await visitor.call();
  }
  await pauseUntil(handedAtMs + delayMs);
  const before = idp.counters(visitor.person.sub).refreshes;
  const beganMs = Date.now();
  const results = await Promise.all(Array.from({ length: OLD_TAB_CALLS }, () => visitor.call({ cookie })));
  const tokenCalls = idp.counters(visitor.person.sub).refreshes - before;

  const isStormy = context.isStormySince(beganMs);
  const counts = (context.tally.stale[delayMs] ??= { shown: 0, replayed: 0, tokenCalls: 0 });
  for (const { status, words } of results) {
    // A process may have been killed under it; whether the session lives is asked below.
    if (status !== 200 && isStormy) continue;
    counts.shown += 1;
    context.tally.apiCalls += 1;
    if (status === 200) {
      counts.replayed += 1;
      context.tally.apiOk += 1;
    } else
      noteSurprise(
        context.tally,
        "stale",
        `round ${plan.round}: stale after ${delayMs} ms, ${status} ${words}`,
      );
  }
  // Without this, a machine that is too busy shows the old cookie when the new token is due again, too.
  const isTokenYoung = Date.now() - handedAtMs < context.stage.tokenSeconds * 1_000 * FRESH_PART;
  if (isTokenYoung || delayMs > INLINE_STALE_MS) counts.tokenCalls += tokenCalls;
  const { kind, last } = await learnFate(visitor, QUICK_FATE_MS);
  if (kind === "alive") return;
  if (isStormy) return judgeLate(visitor, context);
  context.tally.sessionsLost += 1;
  noteSurprise(context.tally, "lost", `round ${plan.round}: by a stale cookie, ${last.status} ${last.words}`);
}
