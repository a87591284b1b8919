import type { RoundContext } from "./round-context.ts";
import { expiryAfter, FRESH_PART, type Seat } from "./seat.ts";
import { learnFate, QUICK_FATE_MS } from "./session-fate.ts";
import { noteSurprise } from "./tally.ts";
import type { RoundPlan } from "./torture-plan.ts";
import type { CallResult } from "./visitor.ts";

/** Whether the session can take part in the next round; else somebody else takes the seat. */
export type AfterRound = "stays" | "gives up the seat";

export interface RoundCount {
  /**
   * Compares what came with what should have, looks whether the session lives, and sets when its token expires.
   *
   * @param first the earliest answer with 200
   * @param beside waited for before the provider's counter is read
   */
  end(
    this: void,
    results: readonly CallResult[],
    first: CallResult | undefined,
    beside?: Promise<void>,
  ): Promise<AfterRound>;
}

/** Begins to count one round whose every call must be answered 200 by one token call. */
export function startRoundCount(
  seat: Seat,
  { round }: RoundPlan,
  { stage, tally }: RoundContext,
): RoundCount {
  const { visitor } = seat;
  const { sub } = visitor.person;
  const startedMs = Date.now();
  const before = stage.idp.counters(sub);
  return {
    async end(results, first, beside) {
      const { kind, last } = await learnFate(visitor, QUICK_FATE_MS);
      await beside;
      const after = stage.idp.counters(sub);
      const tokenCalls = after.refreshes - before.refreshes;
      const tookMs = Date.now() - startedMs;
      // On a machine that is too busy; a BFF that refreshes ahead of need does well to do so.
      const isSlow = tookMs > stage.tokenSeconds * 1_000 * FRESH_PART;
      if (isSlow) {
        tally.slowRounds += 1;
        tally.slowTokenCalls += tokenCalls;
      } else {
        tally.countedRounds += 1;
        tally.countedTokenCalls += tokenCalls;
      }
      for (const { status, words, tookMs } of results) {
        tally.apiCalls += 1;
        tally.slowestMs = Math.max(tally.slowestMs, Math.round(tookMs));
        if (status === 200) tally.apiOk += 1;
        else noteSurprise(tally, "not 200", `round ${round}: ${status} ${words}`);
      }
      if (tokenCalls !== 1) {
        noteSurprise(
          tally,
          isSlow ? "slow" : "token calls",
          `round ${round}: ${tokenCalls} token calls (the round took ${tookMs} ms)`,
        );
      }
      const isTokenOfFirst = first !== undefined && tokenCalls === 1;
      seat.expiredAtMs = expiryAfter(stage, isTokenOfFirst ? first.answeredAtMs : Date.now());
      // With its grant revoked, a session that still answers dies when its access token does.
      const isDoomed = after.grantsRevoked > before.grantsRevoked;
      if (kind === "alive" && !isDoomed) return "stays";
      tally.sessionsLost += 1;
      const why = isDoomed ? "its grant was revoked" : `${last.status} ${last.words}`;
      noteSurprise(tally, "lost", `round ${round}: ${why}`);
      stage.waitingRoom.comeBack(visitor.person);
      return "gives up the seat";
    },
  };
}
