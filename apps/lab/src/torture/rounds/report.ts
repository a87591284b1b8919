import { tokenCallsIn } from "../stage/token-calls.ts";
import { brokenOf, type Outcome } from "../scene.ts";
import { countFaults, type Batch } from "./plan.ts";
import type { RoundsOptions } from "./play-rounds.ts";
import type { Run } from "./run.ts";

/** One run, as the JSON file lists it: its settings, its tally, and the provider's own counts. */
export type RoundsReport = ReturnType<typeof reportRounds>;

/** Puts what was counted here and the provider's own counts together. */
export function reportRounds(
  { stage, tally }: Run,
  options: RoundsOptions,
  plan: readonly Batch[],
  startedAtMs: number,
) {
  const { name, version, configuration } = stage.target;
  const { seed, ledger, instances, workers, sessions, tokenSeconds, tokenEndpointMs } = options;
  const { waveCalls, pageCalls, tabs, pageMs, apis, provider, waitReplicas } = options;
  const { signedOut, ...counts } = tally;
  const shapes = plan.flatMap(({ rounds }) => rounds.map(({ shape }) => shape));
  const counters = stage.idp.counters();
  const askedFor = signedOut
    .map((sub) => stage.idp.counters(sub))
    .reduce((sum, own) => sum + own.grantsRevoked - own.grantsRevokedForReuse, 0);
  return {
    target: name,
    version,
    configuration,
    startedAt: new Date(startedAtMs).toISOString(),
    seconds: Math.round((Date.now() - startedAtMs) / 1_000),
    seed,
    ledger,
    waitReplicas,
    instances,
    workers,
    sessions,
    tokenSeconds,
    tokenEndpointMs,
    apis,
    provider,
    waves: shapes.filter((shape) => shape === "wave").length,
    pageLoads: shapes.filter((shape) => shape === "page").length,
    shapes: { waveCalls, pageCalls, tabs, pageMs },
    ...counts,
    /** Refreshes that arrived at the provider; sign-ins' first ones left out. */
    tokenCalls: tokenCallsIn(counters) - stage.setUp.tokenCalls,
    /** Those of sign-outs left out. */
    grantsRevoked: counters.grantsRevoked - askedFor,
    signOuts: signedOut.length,
    reuseDetected: counters.reuseDetected,
    /** How often each fault struck; `{}` for none. */
    faults: countFaults(plan),
  };
}

/** What the run should have shown and didn't; empty if all is well. */
export function brokenPromises(report: RoundsReport): readonly string[] {
  const { apiCalls, apiOk, apis, countedRounds, countedTokenCalls, lostInFlight } = report;
  const hasFaults = Object.keys(report.faults).length > 0;
  const explained = report.slowTokenCalls - report.slowRounds * apis;
  const staleOnes = Object.entries(report.stale).map(([delay, { shown, replayed, tokenCalls }]) => [
    `stale after ${delay} ms: ${replayed} of ${shown} replayed, ${tokenCalls} token calls`,
    shown === replayed && tokenCalls === 0,
  ]);
  return brokenOf({
    [`${apiCalls - apiOk} of ${apiCalls} calls were not answered 200`]: apiCalls > 0 && apiOk === apiCalls,
    [`${countedTokenCalls} token calls in ${countedRounds} rounds that nothing disrupted`]:
      countedTokenCalls === countedRounds * apis,
    [`${report.tokenCalls} token calls in ${report.rounds} rounds`]:
      hasFaults || report.tokenCalls - explained === report.rounds * apis,
    [`${report.sessionsLost} sessions lost`]: report.sessionsLost === 0,
    [`${report.grantsRevoked} grants revoked, ${lostInFlight} sessions lost in flight`]:
      report.grantsRevoked <= lostInFlight,
    [`${lostInFlight} lost in flight, ${report.inFlightAtKill} were`]: lostInFlight <= report.inFlightAtKill,
    [`${report.signOutsUndone} calls answered after a sign-out`]: report.signOutsUndone === 0,
    ...(Object.fromEntries(staleOnes) as Record<string, boolean>),
  });
}

export function rowsOf(report: RoundsReport): Outcome["rows"] {
  return [
    ["rounds", report.rounds],
    ["calls without a fault, of those 200", `${report.apiCalls}, ${report.apiOk}`],
    ["token calls by the provider's count", report.tokenCalls],
    ["in rounds that nothing disrupted", `${report.countedTokenCalls} in ${report.countedRounds}`],
    ["in rounds too slow to count", `${report.slowTokenCalls} in ${report.slowRounds}`],
    ["reuse detected, grants revoked", `${report.reuseDetected}, ${report.grantsRevoked}`],
    ["sessions lost", report.sessionsLost],
    ["lost in flight at kill -9", `${report.lostInFlight} of ${report.inFlightAtKill} in flight`],
    ["token calls under way at a deploy", report.underWayAtDeploy],
    ["of those lost: unclear", report.sessionsUnclear],
    ["rounds whose trouble met no token call", report.roundsWithoutTrouble],
    ["faults", JSON.stringify(report.faults)],
    ...Object.entries(report.faulted).map(
      ([fault, { calls, ok, others }]) =>
        [`calls under ${fault}`, `${ok} of ${calls} answered 200, others ${JSON.stringify(others)}`] as const,
    ),
    ...Object.entries(report.stale).map(
      ([delay, { shown, replayed, tokenCalls }]) =>
        [
          `stale after ${delay} ms`,
          `${replayed} of ${shown} answered 200, ${tokenCalls} token calls`,
        ] as const,
    ),
    ["sign-outs, calls answered after", `${report.signOuts}, ${report.signOutsUndone}`],
    ["slowest call without a fault", `${report.slowestMs} ms`],
    ["took", `${report.seconds} s`],
    ...report.surprises.map((surprise) => ["!", surprise] as const),
  ];
}
