import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "@coatcheck/demo";
import { startChildServer } from "../torture/stage/child-server.ts";
import { cpuSecondsPer1000, joinSamples, type Measured, type Sample } from "./bench-row.ts";
import { load } from "./load.ts";
import { cpuSeconds, memoryMib, treeOf } from "./process-tree.ts";
import type { BenchScenario } from "./scenarios.ts";
import { plays, UPSTREAM_SERVER, type BenchTarget, type RunningTarget } from "./targets.ts";

export interface BenchPlan {
  readonly targets: readonly BenchTarget[];
  readonly scenarios: readonly BenchScenario[];
  /** Of each target, since two of the same code differ by some percent for as long as they live. Default 1. */
  readonly processes?: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

const MEMORY_EVERY_MS = 100;
/** Of all requests: on a machine that has other work to do, a server may turn a few away. More of them, and refusals are measured. */
const MAX_FAILED = 0.02;
/** A server whose code isn't compiled yet costs several times as much, and V8 goes on for some 100,000 requests: the last tenth comes late. */
const WARM_UP_REQUESTS = 100_000;
const WARM_UP_SECONDS = 2;
const MAX_WARM_UPS = 10;

/**
 * Runs all targets side by side, idle but for the one that is measured, and goes round: what slows the machine down hits all.
 *
 * @throws {Error} if a target fails requests that it should answer: a fast refusal is no measurement
 */
export async function runBench(plan: BenchPlan): Promise<readonly Measured[]> {
  const upstreamPort = await findFreePort(0);
  const upstream = await startChildServer({
    entry: UPSTREAM_SERVER,
    environment: { PORT: String(upstreamPort) },
  });
  try {
    const running = new Map<BenchTarget, RunningTarget[]>();
    const starts = Array.from({ length: plan.processes ?? 1 }, () => plan.targets).flat();
    return await withAll(starts, `http://127.0.0.1:${upstreamPort}`, running, () =>
      measureAll(plan, running),
    );
  } finally {
    await upstream.stop("SIGTERM");
  }
}

/** Starts one target inside the other, so that each ends however the rest ends. */
async function withAll<T>(
  [first, ...rest]: readonly BenchTarget[],
  upstream: string,
  running: Map<BenchTarget, RunningTarget[]>,
  use: () => Promise<T>,
): Promise<T> {
  if (first === undefined) return use();
  return first.run(upstream, (one) => {
    running.set(first, [...(running.get(first) ?? []), one]);
    return withAll(rest, upstream, running, use);
  });
}

async function measureAll(
  plan: BenchPlan,
  running: ReadonlyMap<BenchTarget, readonly RunningTarget[]>,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const scenario of plan.scenarios) {
    const playing = [...running].filter(
      ([target, [one]]) => one !== undefined && plays(target, one, scenario.name),
    );
    for (const [target, processes] of playing)
      for (const one of processes) await warmUp(target, one, scenario);
    const samples = new Map(playing.map(([target]) => [target, [] as Sample[]]));
    for (let round = 1; round <= plan.rounds; round += 1) {
      const parts = new Map(playing.map(([target]) => [target, [] as Sample[]]));
      for (const [target, one] of alternating(playing))
        parts.get(target)?.push(await measure(target, one, scenario, plan.seconds));
      for (const [target, ofProcesses] of parts) {
        const sample = joinSamples(ofProcesses);
        samples.get(target)?.push(sample);
        plan.say(
          `${scenario.name}, round ${round} of ${plan.rounds}: ${target.name} ${cpuSecondsPer1000(sample).toFixed(3)} CPU s${sharesOf(sample)}`,
        );
      }
    }
    for (const [target, ofRounds] of samples)
      measured.push({ scenario: scenario.name, target: target.name, samples: ofRounds });
  }
  return measured;
}

/** The first process of each target, then the second of each. */
function* alternating(
  playing: readonly (readonly [BenchTarget, readonly RunningTarget[]])[],
): Generator<readonly [BenchTarget, RunningTarget]> {
  const most = Math.max(0, ...playing.map(([, processes]) => processes.length));
  for (let index = 0; index < most; index += 1) {
    for (const [target, processes] of playing) {
      const one = processes[index];
      if (one !== undefined) yield [target, one];
    }
  }
}

async function warmUp(target: BenchTarget, one: RunningTarget, scenario: BenchScenario): Promise<void> {
  let requests = 0;
  const enough = scenario.isHeavy === true ? 1 : WARM_UP_REQUESTS;
  for (let times = 0; requests < enough && times < MAX_WARM_UPS; times += 1)
    requests += (await measure(target, one, scenario, WARM_UP_SECONDS)).requests;
}

async function measure(
  target: BenchTarget,
  one: RunningTarget,
  scenario: BenchScenario,
  seconds: number,
): Promise<Sample> {
  const { cookie: _, ...strangers } = one.headers;
  const isSession = scenario.name === "session" && one.sessionPath !== undefined;
  const path = isSession ? one.sessionPath : one.prefix + scenario.path;
  const tree = treeOf(one.pids);
  let peakMiB = memoryMib(tree);
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, memoryMib(tree))), MEMORY_EVERY_MS);
  const before = tree.map((pid) => cpuSeconds([pid]));
  try {
    const result = await load({
      url: `http://127.0.0.1:${one.port}${path}`,
      headers: scenario.isRefused === true ? strangers : one.headers,
      scenario,
      seconds,
    });
    const isHonest =
      scenario.isRefused === true || (result.requests > 0 && result.failed <= result.requests * MAX_FAILED);
    if (!isHonest)
      throw new Error(`${target.name} failed ${result.failed} of ${result.requests} (${scenario.name}).`);
    // What it still does after the last answer, logs and all, is part of the cost.
    await sleep(100);
    const cpus = tree.map((pid, index) => cpuSeconds([pid]) - (before[index] ?? 0));
    return { ...result, cpu: cpus.reduce((sum, cpu) => sum + cpu, 0), cpus, peakMiB };
  } finally {
    clearInterval(timer);
  }
}

/** How several processes shared the work; one that did hardly any, as the one that watches over them, is left out. */
function sharesOf({ cpu, cpus }: Sample): string {
  const shares = cpus.map((own) => own / cpu).filter((share) => share > 0.05);
  return shares.length < 2 ? "" : ` (${shares.map((share) => `${Math.round(share * 100)} %`).join(", ")})`;
}
