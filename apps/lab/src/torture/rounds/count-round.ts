import { expiryAfter } from "../stage/bring-visitor.ts";
import { tokenCallsIn } from "../stage/token-calls.ts";
import type { CallOutcome, Visitor } from "../stage/visitor.ts";
import type { Round } from "./plan.ts";
import { probeSession } from "./probe-session.ts";
import { FRESH_PART, type Run } from "./run.ts";
import { countLoss, noteSurprise } from "./tally.ts";

/**
 * Begins to count one round whose every call must be answered 200 by one token call an API.
 *
 * What it gives back compares what came with what should have, looks whether the session lives, sets when its token expires,
 * and answers whether the session can take part in the next round. `beside` is waited for before the provider is asked.
 */
export function startRoundCount(
  visitor: Visitor,
  { number }: Round,
  { stage, tally, settings }: Run,
): (results: readonly CallOutcome[], beside?: Promise<void>) => Promise<boolean> {
  const { sub } = visitor.person;
  const startedMs = Date.now();
  const before = stage.idp.counters(sub);
  return async (results, beside) => {
    const end = await probeSession(visitor);
    await beside;
    const after = stage.idp.counters(sub);
    const tokenCalls = tokenCallsIn(after) - tokenCallsIn(before);
    const roundMs = Date.now() - startedMs;
    // On a machine that is too busy; a BFF that refreshes ahead of need does well to do so.
    const isSlow = roundMs > stage.tokenSeconds * 1_000 * FRESH_PART;
    tally[isSlow ? "slowRounds" : "countedRounds"] += 1;
    tally[isSlow ? "slowTokenCalls" : "countedTokenCalls"] += tokenCalls;
    for (const { status, text, tookMs } of results) {
      tally.apiCalls += 1;
      tally.slowestMs = Math.max(tally.slowestMs, Math.round(tookMs));
      if (status === 200) tally.apiOk += 1;
      else noteSurprise(tally, "not 200", `round ${number}: ${status} ${text}`);
    }
    if (tokenCalls !== settings.apis) {
      const words = `round ${number}: ${tokenCalls} token calls (the round took ${roundMs} ms)`;
      noteSurprise(tally, isSlow ? "slow" : "token calls", words);
    }
    const successes = results.filter(({ status }) => status === 200);
    const firstMs = Math.min(...successes.map(({ answeredAtMs }) => answeredAtMs));
    const isTokenOfFirst = successes.length > 0 && tokenCalls === 1;
    visitor.expiredAtMs = expiryAfter(stage, isTokenOfFirst ? firstMs : Date.now());
    // With its grant revoked, a session that still answers dies when its access token does.
    const isRevoked = after.grantsRevoked > before.grantsRevoked;
    if (end.kind === "alive" && !isRevoked) return true;
    countLoss(tally, `round ${number}`, { ...end, isRevoked });
    stage.people.push(visitor.person);
    return false;
  };
}
