import { parentPort, workerData } from "node:worker_threads";
import { loadCode } from "./mutated-copy.ts";
import type { Coverage } from "./coverage.ts";
import { generateScenario } from "./generate-scenario.ts";
import { runWorld } from "./run-world.ts";
import { setTripwires } from "./tripwires.ts";

/** What a worker is to do: every `step`-th seed from `from` up to `to` (excluded). */
export interface SeedRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** By distance from `first`: 1 for seeds that ran before. */
  readonly done?: Uint8Array;
  readonly first: number;
  /** Where a copy of the code with a bug lies. */
  readonly copy?: string;
  readonly stopAtFirst: boolean;
  /** That each world goes on at least. */
  readonly hours?: number;
}

/** What a worker tells: counts since the last report. */
export interface SeedReport {
  readonly seeds: number;
  readonly events: number;
  readonly fewestEvents: number;
  readonly failed: readonly { readonly seed: number; readonly violations: readonly string[] }[];
  readonly coverage: readonly (readonly [string, number])[];
  /** Each seed with its events, and a number that is the same for two runs which went the same way. */
  readonly ran: readonly (readonly [seed: number, events: number, trace: number])[];
  readonly isLast: boolean;
}

const REPORT_EVERY_SEEDS = 50;
/** Taken before anybody can watch over it. */
const immediately = setImmediate;

/** Runs its seeds, and reports now and then. */
export async function runRange(range: SeedRange, send: (news: SeedReport) => void): Promise<void> {
  const code = range.copy === undefined ? undefined : await loadCode(range.copy);
  let coverage: Coverage = new Map();
  let failed: SeedReport["failed"] = [];
  let ran: [number, number, number][] = [];
  let seeds = 0;
  let events = 0;
  let fewestEvents = Number.POSITIVE_INFINITY;
  const stray: string[] = [];
  const removeTripwires = setTripwires((what) => stray.push(what));
  const onRejection = (reason: unknown): void => void stray.push(`unhandled rejection: ${String(reason)}`);
  process.on("unhandledRejection", onRejection);

  function report(isLast: boolean): void {
    send({ seeds, events, fewestEvents, failed, coverage: [...coverage], ran, isLast });
    coverage = new Map();
    ran = [];
    failed = [];
    seeds = 0;
    events = 0;
  }

  for (let seed = range.from; seed < range.to; seed += range.step) {
    if (range.done?.[seed - range.first] === 1) continue;
    const result = await runWorld(generateScenario(seed, range.hours), {
      coverage,
      ...(code === undefined ? {} : { code }),
    });
    // Rejections that nobody handled are told between rounds of the event loop.
    await new Promise((resolve) => void immediately(resolve));
    seeds += 1;
    events += result.events;
    ran.push([seed, result.events, result.trace >>> 0]);
    const violations = [...result.violations, ...stray.splice(0)];
    if (violations.length === 0) fewestEvents = Math.min(fewestEvents, result.events);
    if (violations.length > 0) failed = [...failed, { seed, violations }];
    if (violations.length > 0 && range.stopAtFirst) break;
    if (seeds >= REPORT_EVERY_SEEDS || violations.length > 0) report(false);
  }
  report(true);
  removeTripwires();
  process.off("unhandledRejection", onRejection);
}

if (parentPort !== null && (workerData as { readonly range?: SeedRange } | null)?.range !== undefined) {
  const port = parentPort;
  const { range } = workerData as { readonly range: SeedRange };
  await runRange(range, (news) => port.postMessage(news));
}
