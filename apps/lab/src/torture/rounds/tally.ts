import type { CallOutcome } from "../stage/visitor.ts";

/** Whether a session lives, and the answer that says so. `unclear`: neither 200 nor a refusal in time. */
export interface SessionEnd {
  readonly kind: "alive" | "lost" | "unclear";
  readonly last: Pick<CallOutcome, "status" | "text">;
}

/** Calls by how they were answered; `others` by status, 0 for no answer. */
interface FaultedCalls {
  calls: number;
  ok: number;
  readonly others: Record<string, number>;
}

/** What a run has counted so far. Counts of the provider are read from the provider. */
export interface Tally {
  rounds: number;
  /** Calls to which no fault was done, and how many of them were answered 200. */
  apiCalls: number;
  apiOk: number;
  /** Rounds that had exactly one token call an API coming, and the token calls that the provider counted in them. */
  countedRounds: number;
  countedTokenCalls: number;
  /** Rounds that took so long that their new token was due again before they were over; they aren't among the counted. */
  slowRounds: number;
  slowTokenCalls: number;
  /** By fault: calls that it may have broken. */
  readonly faulted: Record<string, FaultedCalls>;
  /** Without those of `lostInFlight`. */
  sessionsLost: number;
  /** Of those: neither answered nor refused for as long as was waited; the provider hadn't revoked their grant. */
  sessionsUnclear: number;
  /** Rounds whose trouble met nobody, since no token call was made. */
  roundsWithoutTrouble: number;
  /** Lost, and the token call was in flight when its process was killed. */
  lostInFlight: number;
  inFlightAtKill: number;
  /** Token calls that were under way, with whatever instance, when one was told to end. */
  underWayAtDeploy: number;
  /** By delay in milliseconds: shown old cookies, those that were answered 200, and the token calls that this took. */
  readonly stale: Record<string, { shown: number; replayed: number; tokenCalls: number }>;
  /** Who signed out: what the provider revoked of theirs was asked for. */
  readonly signedOut: string[];
  /** Calls answered 200 more than a second after their session's sign-out. */
  signOutsUndone: number;
  /** Of all calls to which no fault was done. */
  slowestMs: number;
  /** What shouldn't have happened, in words; the first ones of each kind. */
  readonly surprises: string[];
}

const MOST_OF_A_KIND = 5;

export function createTally(): Tally {
  return {
    rounds: 0,
    apiCalls: 0,
    apiOk: 0,
    countedRounds: 0,
    countedTokenCalls: 0,
    slowRounds: 0,
    slowTokenCalls: 0,
    faulted: {},
    sessionsLost: 0,
    sessionsUnclear: 0,
    roundsWithoutTrouble: 0,
    lostInFlight: 0,
    inFlightAtKill: 0,
    underWayAtDeploy: 0,
    stale: {},
    signedOut: [],
    signOutsUndone: 0,
    slowestMs: 0,
    surprises: [],
  };
}

/** @param kind such as `lost`: a few of each are kept */
export function noteSurprise({ surprises }: Pick<Tally, "surprises">, kind: string, words: string): void {
  if (surprises.filter((known) => known.startsWith(`${kind}: `)).length >= MOST_OF_A_KIND) return;
  surprises.push(`${kind}: ${words}`);
}

/** @param whose such as `round 3` */
export function countLoss(
  tally: Tally,
  whose: string,
  { isRevoked, kind, last }: SessionEnd & { readonly isRevoked: boolean },
): void {
  tally.sessionsLost += 1;
  if (!isRevoked && kind === "unclear") tally.sessionsUnclear += 1;
  const why = isRevoked ? "its grant was revoked" : `${kind}, ${last.status} ${last.text}`;
  noteSurprise(tally, "lost", `${whose}: ${why}`);
}

/** Counts calls of which nothing was expected, except that their session lives on. */
export function countFaulted(
  tally: Tally,
  fault: string,
  results: readonly { readonly status: number }[],
): void {
  const counts = (tally.faulted[fault] ??= { calls: 0, ok: 0, others: {} });
  for (const { status } of results) {
    counts.calls += 1;
    if (status === 200) counts.ok += 1;
    else counts.others[status] = (counts.others[status] ?? 0) + 1;
  }
}
