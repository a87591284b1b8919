import { coatcheck } from "./adapters/coatcheck.ts";
import { DEFAULT_SHAPES, type RoundShapes } from "./calls-of-round.ts";
import { countFaults, describePlan } from "./describe-plan.ts";
import { runTorture, type TortureProgress } from "./run-torture.ts";
import { setStage } from "./stage.ts";
import type { Target } from "./target.ts";
import { planTorture, type FaultName, type TurnPlan } from "./torture-plan.ts";
import { reportTorture, type TortureReport } from "./torture-report.ts";

export interface TortureOptions {
  /** Default: our own server. */
  readonly target?: Target;
  readonly rounds: number;
  /** Listening ports behind the round-robin. Default 1. */
  readonly instances?: number;
  /** Processes of each instance. Default 1. */
  readonly workers?: number;
  /** Default `sqlite`. */
  readonly ledger?: "sqlite" | "redis";
  /** Default 1. */
  readonly seed?: number;
  /** Default none. */
  readonly faults?: readonly FaultName[];
  /** Sessions side by side. Default a fifth of the rounds, at most 40. */
  readonly sessions?: number;
  /** Default 10. A round that takes longer than three quarters of it can't be counted. */
  readonly tokenSeconds?: number;
  /** How much longer the provider takes for each refresh than it has to; default 0. */
  readonly tokenEndpointMs?: number;
  /** Default 20 calls, or 6 calls over 300 ms. */
  readonly shapes?: Partial<RoundShapes>;
  /** One round in so many is a page load; default 5; 0: none. */
  readonly pageEvery?: number;
  /** Default 40 ms, 300 ms, 5 s, 30 s, 9 min. */
  readonly staleDelaysMs?: readonly number[];
  /** Default 60. */
  readonly outageSeconds?: number;
  /** How long token calls take around a kill; default 200. A session that is hit takes a minute to resolve. */
  readonly slowTokenMs?: number;
  readonly onPlan?: (lines: readonly string[]) => void;
  readonly onTurn?: (turn: number, plan: TurnPlan) => void;
  readonly onProgress?: (progress: TortureProgress) => void;
}

export const STALE_DELAYS_MS: readonly number[] = [40, 300, 5_000, 30_000, 540_000];
const MOST_SESSIONS = 40;

/** Sets a stage, plays the rounds that follow from the seed, and tells what was counted. */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const { rounds, instances = 1, workers = 1, ledger = "sqlite", seed = 1, tokenEndpointMs = 0 } = options;
  const sessions = options.sessions ?? Math.min(MOST_SESSIONS, Math.max(1, Math.ceil(rounds / 5)));
  const shapes = { ...DEFAULT_SHAPES, ...options.shapes };
  const planOptions = {
    seed,
    rounds,
    sessions,
    instances,
    faults: options.faults ?? [],
    pageEvery: options.pageEvery ?? 5,
    staleDelaysMs: options.staleDelaysMs ?? STALE_DELAYS_MS,
    outageSeconds: options.outageSeconds ?? 60,
  };
  const plan = planTorture(planOptions);
  const faults = countFaults(plan);
  options.onPlan?.(describePlan(plan, planOptions, shapes));
  const stage = await setStage({
    target: options.target ?? coatcheck,
    instances,
    workers,
    ledger,
    tokenSeconds: options.tokenSeconds ?? 10,
    // Those who sign out never come back; some wait in the background for what becomes of them.
    people: 3 * sessions + (faults["logout"] ?? 0) + (faults["stale"] ?? 0),
  });
  try {
    const startedAtMs = Date.now();
    if (tokenEndpointMs > 0) {
      await stage.control.addFault({ kind: "delay", ms: tokenEndpointMs, grant: "refresh_token" });
    }
    const tally = await runTorture({ ...options, stage, plan, shapes });
    return reportTorture({
      stage,
      tally,
      plan,
      shapes,
      startedAtMs,
      tokenEndpointMs,
      seed,
      ledger,
      instances,
      workers,
      sessions,
    });
  } finally {
    await stage.close();
  }
}
