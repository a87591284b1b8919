import { hadStoreTrouble, hamperedMs, hasLostData, stoodStillMs } from "./facts.ts";
import type { Facts, RequestFacts, SessionFacts, ShownSession, TokenCall } from "./facts.ts";
import type { SimProcess } from "./sim-process.ts";
import { PROMISED } from "./world-settings.ts";

/**
 * What must hold in every world. Each rule gets facts that no process knows, and answers with what is wrong, or
 * `undefined`. Nothing in here looks at the code under test.
 */

/** Latencies, and answers of the store that were on their way. */
const IN_FLIGHT_MS = 20_000;
/** A process that could do its work for all but this long can't have lost its lease. */
const HAMPERED_MS = 20_000;
/** Wall clocks differ by this much at most. */
export const CLOCKS_MS = 5_000;

// 1. A refresh token is sent again only after an unsent or ambiguous failure, after a crash between sending and
//    recording, or when the store lost data; where the provider has no grace, not before the access token has expired.

const NOT_SPENT: ReadonlySet<string> = new Set(["unsent", "refused", "client"]);
const MAYBE_SPENT: ReadonlySet<string> = new Set(["ambiguous", "unreadable"]);

export function mayBeSentAgain(facts: Facts, earlier: TokenCall, again: TokenCall): string | undefined {
  const now = again.sentAt;
  // The turn to send it was taken some time before.
  if (hasLostData(facts, earlier.sentAt - IN_FLIGHT_MS, now)) return undefined;
  if (earlier.outcome !== undefined && NOT_SPENT.has(earlier.outcome)) return undefined;
  const publishedAt = facts.publishedAt.get(again.refreshToken);
  const isRotating = facts.settings.rotation === "strict" || facts.settings.rotation === "grace";
  if (isRotating && publishedAt !== undefined && now - publishedAt > IN_FLIGHT_MS) {
    return `a refresh token was sent again ${now - publishedAt} ms after its successor was recorded`;
  }
  // Where nothing rotates, several generations have one token: only in quiet times is a second call surely too many.
  if (!isRotating && now < facts.troubleUntil) return undefined;
  const death = facts.deaths.get(earlier.process);
  const hasCrashed = death !== undefined && !death.isDrained && death.at <= now;
  const isExcused =
    hasCrashed || hamperedMs(facts, earlier.process, earlier.sentAt - 60_000, now) >= HAMPERED_MS;
  const isOverdue = now - earlier.sentAt >= facts.settings.tokenTimeoutMs - 1_000;
  if (earlier.outcome === undefined && !isExcused && !isOverdue) {
    return "a refresh token was sent a second time while the first call was under way";
  }
  if (!isRotating) return undefined;
  if (earlier.outcome === "success" && !isExcused) {
    const wasTooLate = (earlier.answeredAt ?? 0) - earlier.sentAt >= facts.settings.tokenTimeoutMs - 1_000;
    if (!wasTooLate || now - (earlier.answeredAt ?? 0) > IN_FLIGHT_MS) {
      return "a refresh token was sent again after a success had been received";
    }
  }
  return isRepeatedTooSoon(facts, again)
    ? "a refresh token that may have been spent was sent again while the access token was alive"
    : undefined;
}

function isRepeatedTooSoon(facts: Facts, again: TokenCall): boolean {
  if (facts.settings.graceSeconds > 0) return false;
  const hasSteppedClock = facts.clockSteps.some(
    ({ process, at }) => process === again.process && at > again.sentAt - 30_000,
  );
  const expiresAt = facts.accessTokensOf.get(again.refreshToken)?.[again.resource]?.expiresAt ?? 0;
  return !hasSteppedClock && expiresAt > again.sentAtByProcess;
}

// 2. No session ends unless the person, the provider, a deadline, or one of the losses of rule 1 ended it.

export function mayBeOver(facts: Facts, session: SessionFacts, now: number): boolean {
  if (session.causes.size > 0) return true;
  // By an administrator, by back-channel logout, or by reuse detection, which rule 1 guards.
  if (session.chain.grant.revoked !== undefined) return true;
  if (now >= session.absoluteDeadline - CLOCKS_MS) return true;
  if (facts.settings.rotation === "none" || hasLostItsToken(facts, session, now)) return true;
  const [first] = session.refusals;
  return first !== undefined && session.refusals.length >= 3 && now - first.at >= 28_000;
}

/** Who is refused while others are, too, and nobody is refreshed, is kept for ten minutes: that is the provider's trouble. */
export function wasRefusedWithOthers(facts: Facts, session: SessionFacts, now: number): string | undefined {
  const [first] = session.refusals;
  const last = session.refusals.at(-1);
  if (first === undefined || last === undefined || session.causes.size > 0) return undefined;
  if (session.chain.grant.revoked !== undefined || now >= session.absoluteDeadline - CLOCKS_MS)
    return undefined;
  if (hasLostItsToken(facts, session, now) || now - first.at >= 595_000) return undefined;
  const since = first.at + CLOCKS_MS;
  const isMet = [...facts.sessions.values()].some(
    (other) =>
      other !== session &&
      other.refusals.some(({ process, at }) => process === last.process && at >= since && at <= last.at),
  );
  const wasRefreshed = facts.successes.some(
    ({ process, at }) => process === last.process && at >= first.at - CLOCKS_MS,
  );
  return isMet && !wasRefreshed
    ? "a session was ended while the provider refused others, too, and refreshed none"
    : undefined;
}

/** What the provider gave for a refresh token died with a process, sleeps with it, or was lost on the way; never recorded. */
function hasLostItsToken(facts: Facts, { chain }: SessionFacts, now: number): boolean {
  return [...chain.spentAt.keys(), ...chain.live].some((refreshToken) => {
    if (chain.spentAt.has(refreshToken) && facts.publishedAt.has(refreshToken)) return false;
    return (facts.tokenCalls.get(refreshToken) ?? []).some((call) => {
      if (!call.isProcessed) return false;
      // Where nothing rotates, a lost answer costs nothing; a process that got on by itself and died may have.
      const isSpent = chain.spentAt.has(refreshToken);
      const isAsleep = stoodStillMs(call.process, call.sentAt, now) >= HAMPERED_MS;
      const isDead = facts.deaths.get(call.process)?.isDrained === false;
      return isAsleep || isDead || (isSpent && MAYBE_SPENT.has(call.outcome ?? ""));
    });
  });
}

export function isIdle(
  shown: ShownSession,
  touchedAt: number | undefined,
  idleMs: number,
  now: number,
): boolean {
  // A touch of this very moment may have come too late to be read.
  const isKnown = touchedAt !== undefined && now - touchedAt > CLOCKS_MS;
  const deadline = Math.max(shown.idleDeadline, isKnown ? touchedAt + idleMs : 0);
  return now + CLOCKS_MS >= deadline;
}

/** A cookie is beyond help only when a later one has been in use for long. */
export function whyNotStale(
  facts: Facts,
  session: SessionFacts,
  generation: number,
  now: number,
): string | undefined {
  // A provider with a grace answers one refresh token twice, with tokens of two lines. Whoever holds the one can't be led along
  // the other; the session goes on with the one that was shown last.
  // Each refresh token that was spent is a generation; the next one's cookie is of one line, too.
  const isTwofold = [...session.chain.spentAt.keys()].some((refreshToken, spent) => {
    const calls = facts.tokenCalls.get(refreshToken) ?? [];
    const successes = calls.filter(({ isProcessed, outcome }) => isProcessed && outcome === "success");
    return successes.length > 1 && generation <= spent + 1;
  });
  if (isTwofold) return undefined;
  const handedAt = session.firstHandedAt[generation + 1];
  const shownAt = session.firstShownAt[generation + 1];
  if (handedAt === undefined || shownAt === undefined) return "a cookie is stale, and nobody has a later one";
  const inUseMs = now - shownAt;
  if (inUseMs < PROMISED.staleCookieMs - 2_000) {
    return `a cookie is stale ${inUseMs} ms after a later one was first shown`;
  }
  const helpedMs = PROMISED.staleCookieMs + PROMISED.settleAfterMs;
  if (now - handedAt < helpedMs - 2_000) {
    return `a cookie is stale ${now - handedAt} ms after a later one was first handed out`;
  }
  return undefined;
}

/** A ledger in the process's memory may go in an orderly restart: what a refresh brought has left with a response before. */
export function isLostWithLedger(facts: Facts, session: SessionFacts, now: number): string | undefined {
  const { highestSpent, firstHandedAt } = session;
  const isRotating = facts.settings.rotation === "strict" || facts.settings.rotation === "grace";
  if (highestSpent < 0 || !isRotating || now < facts.troubleUntil || mayBeOver(facts, session, now))
    return undefined;
  // Whoever waited for a slow provider has long been answered without.
  if (longestWaitMs(facts, session, now) > 9_000) return undefined;
  return firstHandedAt[highestSpent + 1] === undefined
    ? "what a refresh brought was lost by a restart"
    : undefined;
}

/** For one token call, or for several that followed one another, as for several APIs at once. */
function longestWaitMs(facts: Facts, session: SessionFacts, now: number): number {
  const calls = [...session.chain.spentAt.keys()].flatMap((token) => facts.tokenCalls.get(token) ?? []);
  let [longest, since, until] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const { begunAt, answeredAt = now } of calls.toSorted((a, b) => a.begunAt - b.begunAt)) {
    if (begunAt - until > 1_000) since = begunAt;
    until = Math.max(until, answeredAt);
    longest = Math.max(longest, until - since);
  }
  return longest;
}

/** What we revoke at the provider must have been nobody's who is still signed in; and be the newest that there is. */
export function mayBeRevoked(
  facts: Facts,
  refreshToken: string,
  sessions: readonly SessionFacts[],
  now: number,
): string | undefined {
  // Whose sign-in of a shared grant ends, by signing out (even of a session that was over by then), since somebody else signs in
  // in its place, or by the provider's logout (S-103), ends all that the provider has joined to it. And tokens about somebody else are revoked, whoever else has them.
  const isShared =
    facts.settings.sharedGrant &&
    sessions.some(
      ({ causes, endedAs, otherIdentityAt }) =>
        causes.has("signed out") ||
        endedAs === "signed_out" ||
        endedAs === "revoked" ||
        otherIdentityAt !== undefined,
    );
  const healthy = isShared ? undefined : sessions.find((session) => !mayBeOver(facts, session, now));
  if (healthy !== undefined) return "the grant of a session that is signed in was revoked";
  const publishedAt = facts.publishedAt.get(refreshToken);
  const isRotating = facts.settings.rotation === "strict" || facts.settings.rotation === "grace";
  // Who doesn't know whether its success was recorded, hands it in when it learns of the end: that does no harm.
  const isUnsure = facts.storeFailures.some(({ call, at }) => call === "publish" && at > now - 200_000);
  const isOver = sessions.some(({ chain }) => chain.grant.revoked !== undefined);
  const hasLost = isUnsure || isOver || sessions.some(({ causes }) => causes.has("the store lost data"));
  // After the idle time the ledger has forgotten what became of it, as it should.
  const isRemembered = publishedAt !== undefined && now - publishedAt < facts.settings.idleSeconds * 1_000;
  if (isRotating && !hasLost && isRemembered && now - publishedAt > IN_FLIGHT_MS) {
    return "a spent refresh token was handed in for revocation";
  }
  return undefined;
}

// 3. Nothing re-establishes an ended session.

export function mayActAs(
  facts: Facts,
  session: SessionFacts,
  process: SimProcess,
  arrivedAt: number,
  now: number,
): string | undefined {
  const { endedAt } = session;
  if (endedAt === undefined || arrivedAt < endedAt + PROMISED.endedCopyMs + 500) return undefined;
  // Without the store nobody learns of it; allowed for one access token's life.
  if (hadStoreTrouble(facts, endedAt - 1_000, now)) return undefined;
  if (stoodStillMs(process, endedAt, now) > 0) return undefined;
  return `an API call was made for a session that had ended ${arrivedAt - endedAt} ms before (${session.endedAs})`;
}

export function mayBeHandedOut(
  facts: Facts,
  session: SessionFacts,
  process: SimProcess,
  now: number,
): string | undefined {
  const { endedAt } = session;
  if (endedAt === undefined || now - endedAt < 1_500) return undefined;
  if (hadStoreTrouble(facts, endedAt - 1_000, now) || stoodStillMs(process, endedAt, now) > 0)
    return undefined;
  return `a response carried the cookie of a session that had ended ${now - endedAt} ms before (${session.endedAs})`;
}

export function maySpend(
  facts: Facts,
  session: SessionFacts,
  process: SimProcess,
  now: number,
): string | undefined {
  const { endedAt } = session;
  if (endedAt === undefined || now - endedAt < IN_FLIGHT_MS || stoodStillMs(process, endedAt, now) > 0)
    return undefined;
  return hasLostData(facts, endedAt, now)
    ? undefined
    : "a refresh token was spent for a session that had ended";
}

/** When all is quiet again, a session that the person ended has nothing left at the provider. */
export function hasLeftovers(facts: Facts, session: SessionFacts, now: number): string | undefined {
  const { chain, endedAs, endedAt } = session;
  if (endedAs !== "signed_out" || endedAt === undefined || chain.grant.revoked !== undefined)
    return undefined;
  if (session.hasEndedStale || facts.settings.rotation === "none" || now - endedAt < 120_000)
    return undefined;
  // An answer that was lost, a process that died or a store that forgot: nobody knows the refresh token any more.
  if ([...chain.live].some((refreshToken) => facts.failedRevocations.has(refreshToken))) return undefined;
  // After its latest end the ledger has forgotten the session, and after the idle time what became of the cookie's token.
  if (endedAt >= session.absoluteDeadline) return undefined;
  const idleMs = facts.settings.idleSeconds * 1_000;
  const isForgotten = [...chain.spentAt.keys(), ...chain.live].some(
    (refreshToken) => endedAt - (facts.publishedAt.get(refreshToken) ?? endedAt) >= idleMs,
  );
  if (isForgotten) return undefined;
  // A process that slept tells of a refresh after the end, whose token another one has spent since: it can revoke that one alone.
  const isRecordedLate = [...chain.spentAt.keys()]
    .slice(0, -1)
    .some((refreshToken) => (facts.publishedAt.get(refreshToken) ?? Number.POSITIVE_INFINITY) > endedAt);
  if (isRecordedLate) return undefined;
  // The person was told that it failed.
  const { storeFailures } = facts;
  if (storeFailures.some(({ call, at }) => call === "end" && at >= endedAt - 1_000 && at < endedAt + 200_000))
    return undefined;
  const wasLost = [...chain.spentAt.keys(), ...chain.live].some((refreshToken) =>
    (facts.tokenCalls.get(refreshToken) ?? []).some(
      (call) => (call.isProcessed && call.outcome !== "success") || facts.deaths.has(call.process),
    ),
  );
  const someoneDied = [...facts.deaths.values()].some(({ at }) => at > endedAt - 60_000);
  if (wasLost || someoneDied || facts.storeLosses.length > 0) return undefined;
  return `somebody signed out (${session.sid.slice(0, 4)}), and the refresh token still lives at the provider`;
}

/** Nobody goes on as a person about whom the provider no longer speaks. */
export function livesOn(facts: Facts, session: SessionFacts, now: number): string | undefined {
  const at = session.otherIdentityAt;
  if (at === undefined || session.endedAt !== undefined || now - at < 120_000) return undefined;
  if (now >= session.absoluteDeadline - CLOCKS_MS) return undefined;
  // The answer was lost with its process, slept with it, or the store forgot what it was told.
  const wasLost = facts.deaths.size > 0 || facts.storeLosses.length > 0;
  const isAsleep = [...facts.tokenCalls.values()]
    .flat()
    .some(({ process }) => stoodStillMs(process, at, now) > 0);
  return wasLost || isAsleep
    ? undefined
    : "a session lives on, though the provider's answer was about somebody else";
}

// 4. Every request is answered in bounded time, and without trouble as it should be.

const LONGEST_ANSWER_MS = 45_000;
const QUIET_MS = 120_000;

export function isOverdue({ settings }: Facts, request: RequestFacts, now: number): string | undefined {
  const { arrivedAt, process } = request;
  if (arrivedAt === undefined || process === undefined) return undefined;
  const waitedMs = (request.answeredAt ?? now) - arrivedAt - stoodStillMs(process, arrivedAt, now);
  // With a ledger in memory, a response waits for the token call beside it.
  return waitedMs > LONGEST_ANSWER_MS + settings.tokenTimeoutMs
    ? `a request waited ${waitedMs} ms for its answer`
    : undefined;
}

const UNAVAILABLE: ReadonlySet<string> = new Set([
  "refresh_unavailable",
  "ledger_unavailable",
  "provider_unavailable",
  // Of a process that stood still: its time-outs fire first.
  "upstream_timeout",
]);

function wasAmbiguous(facts: Facts, { chain }: SessionFacts): boolean {
  return [...chain.spentAt.keys(), ...chain.live].some((refreshToken) =>
    (facts.tokenCalls.get(refreshToken) ?? []).some(
      ({ outcome }) => outcome === undefined || MAYBE_SPENT.has(outcome),
    ),
  );
}

/** Some process died, and this session hasn't been refreshed between that and the request. */
function hasDiedSinceRefresh(
  facts: Facts,
  { chain }: SessionFacts,
  { arrivedAt = 0 }: RequestFacts,
): boolean {
  const refreshedAt = [...chain.spentAt.keys(), ...chain.live]
    .flatMap((refreshToken) => facts.tokenCalls.get(refreshToken) ?? [])
    .filter(({ outcome, answeredAt = arrivedAt }) => outcome === "success" && answeredAt < arrivedAt)
    .reduce((last, { answeredAt = 0 }) => Math.max(last, answeredAt), 0);
  return [...facts.deaths.values()].some(
    ({ at, isDrained }) => !isDrained && at >= refreshedAt && at <= arrivedAt,
  );
}

export function mayFailSo(
  facts: Facts,
  request: RequestFacts,
  answer: { readonly status: number; readonly problem: string | undefined },
  now: number,
): string | undefined {
  if (answer.status < 500 || request.isAborted) return undefined;
  const { refreshRevokesAll, refreshRevokesOthers } = facts.settings;
  const isPage = request.route === "login" && answer.status === 503;
  if (answer.problem === "provider_error" && request.route === "userinfo") {
    const isRevoked = request.shown.some(({ session }) => session.chain.grant.revoked !== undefined);
    // A token that could not be renewed may expire on the way.
    const isTroubled = now < facts.troubleUntil;
    // So may one that is the session's last.
    const lifeMs = facts.settings.accessTokenSeconds * 1_000;
    const isAtEnd = request.shown.some(
      ({ session: { chain, firstHandedAt } }) =>
        chain.live.size === 0 && Math.abs((firstHandedAt[0] ?? 0) + lifeMs - now) < CLOCKS_MS,
    );
    if (refreshRevokesAll || refreshRevokesOthers || isRevoked || isTroubled || isAtEnd) return undefined;
  }
  if (!isPage && (answer.problem === undefined || !UNAVAILABLE.has(answer.problem))) {
    return `an answer of status ${answer.status} (${answer.problem})`;
  }
  if (request.shown.some(({ session }) => mayBeOver(facts, session, now))) return undefined;
  // Who comes first after a death waits until its lease counts as dead, and may have too little time left for several tokens.
  if (request.shown.some(({ session }) => hasDiedSinceRefresh(facts, session, request))) return undefined;
  const ofSessions = request.shown.map(({ session }) => session.troubleUntil);
  const quietForMs = (request.arrivedAt ?? now) - Math.max(facts.troubleUntil, ...ofSessions);
  // A token that may have been spent isn't spent again before its time: asking for a new one now fails as long.
  // What a process that died had taken the turn for counts as sent.
  const hasDied = [...facts.deaths.values()].some(({ isDrained }) => !isDrained);
  const isHeld = hasDied || request.shown.some(({ session }) => wasAmbiguous(facts, session));
  const heldMs =
    isHeld || refreshRevokesAll || refreshRevokesOthers ? facts.settings.accessTokenSeconds * 1_000 : 0;
  return quietForMs > QUIET_MS + heldMs
    ? `${answer.problem}, ${quietForMs} ms after the last trouble`
    : undefined;
}
