import { coatcheck } from "../stage/adapters/coatcheck.ts";
import { bringVisitors, expiryAfter } from "../stage/bring-visitor.ts";
import { sleepUntil } from "../stage/sleep.ts";
import type { BindingKind } from "../stage/binding.ts";
import { API_PREFIXES, onStage, type StageLedger } from "../stage/stage.ts";
import type { TortureTarget } from "../stage/target.ts";
import type { Visitor } from "../stage/visitor.ts";
import { reporting, type Say } from "../scene.ts";
import { disrupt } from "./disrupt.ts";
import { makeCalls } from "./make-calls.ts";
import { countFaults, planRounds, type Batch, type Round } from "./plan.ts";
import { playRound } from "./play-round.ts";
import { judgeLate, probeSession } from "./probe-session.ts";
import { reportRounds, type RoundsReport } from "./report.ts";
import { createRun, goOnInBackground, type RoundsSettings, type Run } from "./run.ts";
import { countFaulted } from "./tally.ts";

export interface RoundsOptions extends RoundsSettings {
  readonly target: TortureTarget;
  /** Listening ports behind the round-robin. */
  readonly instances: number;
  /** Processes of each instance. */
  readonly workers: number;
  readonly ledger: StageLedger;
  /** A round that takes longer than three quarters of it can't be counted. */
  readonly tokenSeconds: number;
  readonly provider: keyof typeof PROVIDERS;
  /** What tokens are bound to, and so how the client proves itself. Our own server only. */
  readonly binding: BindingKind;
  /** How much longer the provider takes for each refresh than it has to. */
  readonly tokenEndpointMs: number;
  /** Replicas of Redis that must have a step before it counts. Our own server only. */
  readonly waitReplicas: number;
}

/**
 * What a refresh does to the refresh token: a new one and strict reuse detection; the same, but a spent one works once more for
 * 10 s; the same one again; none in the answer.
 */
export const PROVIDERS = {
  rotating: {},
  "rotating-with-grace": { refreshTokenGraceSeconds: 10 },
  "never-rotating": { rotateRefreshToken: false },
  "none-in-refreshes": { rotateRefreshToken: false, refreshTokenInRefreshes: false },
} as const;

export const DEFAULT_ROUNDS: RoundsOptions = {
  target: coatcheck,
  rounds: 100,
  sessions: 0,
  instances: 1,
  workers: 1,
  ledger: "sqlite",
  seed: 1,
  faults: [],
  tokenSeconds: 10,
  provider: "rotating",
  binding: "none",
  tokenEndpointMs: 0,
  waitReplicas: 0,
  apis: 1,
  waveCalls: 20,
  pageCalls: 6,
  tabs: 1,
  pageMs: 300,
  pageEvery: 5,
  staleDelaysMs: [40, 300, 5_000, 30_000, 540_000],
  outageSeconds: 60,
  slowTokenMs: 200,
};
const MOST_SESSIONS = 40;
/** Rounds that would begin at once are spread over this part of a token's life: this is no measure of throughput. */
const SPREAD_PART = 0.5;

/** Sets a stage and plays the rounds that follow from the seed. @param given `sessions: 0` is a fifth of the rounds, at most 40 */
export async function playRounds(given: Partial<RoundsOptions>, say?: Say): Promise<RoundsReport> {
  const all = { ...DEFAULT_ROUNDS, ...given };
  const sessions = all.sessions || Math.min(MOST_SESSIONS, Math.max(1, Math.ceil(all.rounds / 5)));
  const options = { ...all, sessions };
  const plan = planRounds(options);
  const faults = countFaults(plan);
  say?.(
    `${options.rounds} rounds in ${plan.length} batches of ${sessions} sessions; ${JSON.stringify(faults)}`,
  );
  // Those who sign out never come back; some wait in the background for what becomes of them.
  const people = 3 * sessions + (faults["logout"] ?? 0) + (faults["stale"] ?? 0);
  const { waitReplicas } = options;
  const environment: Record<string, string> =
    waitReplicas > 0 ? { LEDGER_REDIS_WAIT_REPLICAS: String(waitReplicas) } : {};
  const stageOptions = { ...options, ...PROVIDERS[options.provider], people, environment };
  return onStage(stageOptions, async (stage) => {
    const { tokenEndpointMs } = options;
    if (tokenEndpointMs > 0)
      await stage.control.addFault({ kind: "delay", ms: tokenEndpointMs, grant: "refresh_token" });
    const run = createRun(stage, options);
    const startedAtMs = Date.now();
    await reporting(playBatches(run, plan), () => say?.(describeProgress(run)));
    return reportRounds(run, options, plan, startedAtMs);
  });
}

async function playBatches(run: Run, plan: readonly Batch[]): Promise<void> {
  const visitors: (Visitor | undefined)[] = [];
  for (const { rounds, fault } of plan) {
    const playing = await bringMissing(run, visitors, rounds.length);
    const spreadMs = run.stage.tokenSeconds * 1_000 * SPREAD_PART;
    for (const visitor of playing) {
      if (visitor.expiredAtMs < Date.now()) visitor.expiredAtMs = Date.now() + Math.random() * spreadMs;
    }
    const isOver = fault === undefined ? undefined : disrupt(fault, playing, run);
    const goesOn = await Promise.all(
      rounds.map(async (round, at) => {
        const visitor = playing[at];
        if (visitor === undefined) throw new RangeError("There are more rounds than visitors.");
        await sleepUntil(visitor.expiredAtMs);
        run.tally.rounds += 1;
        if (fault === undefined || isOver === undefined) return playRound(visitor, round, run);
        return playDisruptedRound(visitor, round, run, { kind: fault.kind, isOver });
      }),
    );
    for (const [at, stays] of goesOn.entries()) if (!stays) visitors[at] = undefined;
  }
  while (run.background.size > 0) await Promise.all(run.background);
}

/** Nothing is expected of the calls, all of the session. @returns whether it can take part in the next round */
async function playDisruptedRound(
  visitor: Visitor,
  round: Round,
  run: Run,
  disruption: { readonly kind: string; readonly isOver: Promise<void> },
): Promise<boolean> {
  const { sub } = visitor.person;
  const { grantsRevoked } = run.stage.idp.counters(sub);
  const results = await Promise.all(makeCalls(visitor, round.shape, run.settings));
  countFaulted(run.tally, disruption.kind, results);
  await disruption.isOver;
  const { kind } = await probeSession(visitor);
  // With its grant revoked, a session that still answers dies when its access token does.
  const isRevoked = run.stage.idp.counters(sub).grantsRevoked > grantsRevoked;
  if (kind !== "alive" || isRevoked) {
    goOnInBackground(run, judgeLate(visitor, isRevoked, run));
    return false;
  }
  run.inFlight.delete(sub);
  visitor.expiredAtMs = expiryAfter(run.stage, Date.now());
  return true;
}

async function bringMissing(
  { stage, settings }: Run,
  visitors: (Visitor | undefined)[],
  count: number,
): Promise<readonly Visitor[]> {
  const missing = Array.from({ length: count }, (_, at) => at).filter((at) => visitors[at] === undefined);
  const paths = settings.apis === 1 ? [stage.target.apiPath] : API_PREFIXES;
  const brought = await bringVisitors(stage, missing.length, paths);
  for (const [index, at] of missing.entries()) visitors[at] = brought[index];
  return visitors.slice(0, count).filter((visitor) => visitor !== undefined);
}

function describeProgress({ tally, background }: Run): string {
  return (
    `${tally.rounds} rounds, ${tally.apiOk} of ${tally.apiCalls} calls 200, ` +
    `${tally.countedTokenCalls} token calls in ${tally.countedRounds} counted rounds, ${tally.sessionsLost} sessions lost` +
    (background.size === 0 ? "" : `, ${background.size} watched on`)
  );
}
