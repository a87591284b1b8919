import type { RoundShapes } from "./calls-of-round.ts";
import { countFaults } from "./describe-plan.ts";
import type { Stage } from "./stage.ts";
import type { FaultedCalls, Tally } from "./tally.ts";
import type { TurnPlan } from "./torture-plan.ts";

/** One run, as the JSON file lists it. Times are in the names' units; everything else is counts. */
export interface TortureReport {
  readonly target: string;
  readonly version: string;
  readonly configuration: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly seed: number;
  readonly ledger: "sqlite" | "redis";
  readonly instances: number;
  readonly workers: number;
  readonly sessions: number;
  readonly tokenSeconds: number;
  /** What the provider's token endpoint was slowed down by. */
  readonly tokenEndpointMs: number;
  readonly rounds: number;
  /** Of the rounds, how many were parallel calls and how many page loads; and what these are. */
  readonly waves: number;
  readonly pageLoads: number;
  readonly shapes: RoundShapes;
  /** Calls to which no fault was done; `apiOk` of them were answered 200. */
  readonly apiCalls: number;
  readonly apiOk: number;
  /** Refreshes that arrived at the provider, by its count; sign-ins' first ones left out. */
  readonly tokenCalls: number;
  /** By the provider's count; those of sign-outs left out. */
  readonly grantsRevoked: number;
  /** Without those of `lostInFlight`. */
  readonly sessionsLost: number;
  /** Lost to `kill -9` with the token call in flight at that instant. */
  readonly lostInFlight: number;
  /** How often each fault struck; `{}` for none. */
  readonly faults: Readonly<Record<string, number>>;
  readonly reuseDetected: number;
  /** Rounds that no storm touched, and the token calls that the provider counted in them. */
  readonly countedRounds: number;
  readonly countedTokenCalls: number;
  /** Rounds that took so long that their new token was due again, not among the counted ones. */
  readonly slowRounds: number;
  readonly slowTokenCalls: number;
  /** By fault: calls that it may have broken. */
  readonly faulted: Readonly<Record<string, Readonly<FaultedCalls>>>;
  readonly inFlightAtKill: number;
  /** By delay in milliseconds. */
  readonly stale: Readonly<Record<string, { shown: number; replayed: number; tokenCalls: number }>>;
  readonly slowestMs: number;
  readonly signOuts: number;
  readonly signOutsUndone: number;
  readonly surprises: readonly string[];
}

export interface ReportParts {
  readonly stage: Stage;
  readonly tally: Tally;
  readonly plan: readonly TurnPlan[];
  readonly shapes: RoundShapes;
  readonly startedAtMs: number;
  readonly tokenEndpointMs: number;
  readonly seed: number;
  readonly ledger: "sqlite" | "redis";
  readonly instances: number;
  readonly workers: number;
  readonly sessions: number;
}

/** Puts the bench's counts and the provider's own together. */
export function reportTorture(parts: ReportParts): TortureReport {
  const { stage, tally } = parts;
  const counters = stage.idp.counters();
  const askedFor = tally.signedOut
    .map((sub) => stage.idp.counters(sub))
    .reduce(
      (sum, { grantsRevoked, grantsRevokedForReuse }) => sum + grantsRevoked - grantsRevokedForReuse,
      0,
    );
  const { setUpTokenCalls, signedOut, ...counts } = tally;
  const shapes = parts.plan.flatMap(({ rounds }) => rounds.map(({ shape }) => shape));
  return {
    target: stage.target.name,
    version: stage.target.version,
    configuration: stage.target.configuration,
    startedAt: new Date(parts.startedAtMs).toISOString(),
    seconds: Math.round((Date.now() - parts.startedAtMs) / 1_000),
    seed: parts.seed,
    ledger: parts.ledger,
    instances: parts.instances,
    workers: parts.workers,
    sessions: parts.sessions,
    tokenSeconds: stage.tokenSeconds,
    tokenEndpointMs: parts.tokenEndpointMs,
    waves: shapes.filter((shape) => shape === "wave").length,
    pageLoads: shapes.filter((shape) => shape === "page").length,
    shapes: parts.shapes,
    ...counts,
    tokenCalls: counters.refreshes - setUpTokenCalls,
    grantsRevoked: counters.grantsRevoked - askedFor,
    signOuts: signedOut.length,
    reuseDetected: counters.reuseDetected,
    faults: countFaults(parts.plan),
  };
}

/** What the run should have shown and didn't; empty if all is well. */
export function brokenPromises(report: TortureReport): readonly string[] {
  const broken: string[] = [];
  const expect = (isKept: boolean, words: string): void => {
    if (!isKept) broken.push(words);
  };
  const hasFaults = Object.keys(report.faults).length > 0;
  const { apiCalls, apiOk, countedRounds, countedTokenCalls } = report;
  expect(
    apiCalls > 0 && apiOk === apiCalls,
    `${apiCalls - apiOk} of ${apiCalls} calls were not answered 200`,
  );
  expect(
    countedTokenCalls === countedRounds,
    `${countedTokenCalls} token calls in ${countedRounds} rounds without a storm`,
  );
  if (!hasFaults) {
    const explained = report.slowTokenCalls - report.slowRounds;
    expect(
      report.tokenCalls - explained === report.rounds,
      `${report.tokenCalls} token calls in ${report.rounds} rounds`,
    );
  }
  expect(report.sessionsLost === 0, `${report.sessionsLost} sessions lost`);
  expect(
    report.grantsRevoked <= report.lostInFlight,
    `${report.grantsRevoked} grants revoked, ${report.lostInFlight} sessions lost in flight`,
  );
  expect(
    report.lostInFlight <= report.inFlightAtKill,
    `${report.lostInFlight} lost in flight, ${report.inFlightAtKill} were`,
  );
  expect(report.signOutsUndone === 0, `${report.signOutsUndone} calls answered after a sign-out`);
  for (const [delay, { shown, replayed, tokenCalls }] of Object.entries(report.stale)) {
    expect(
      shown === replayed && tokenCalls === 0,
      `stale after ${delay} ms: ${replayed} of ${shown} replayed`,
    );
  }
  return broken;
}
