import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "@coatcheck/demo";
import { startChildServer } from "../torture/stage/child-server.ts";
import { load, type LoadResult } from "./load.ts";
import { cpuSeconds, memoryMib, treeOf } from "./process-tree.ts";
import type { BenchScenario } from "./scenarios.ts";
import { plays, UPSTREAM_SERVER, type BenchTarget, type RunningTarget } from "./targets.ts";

/** Medians of the rounds. */
export interface BenchRow {
  readonly scenario: string;
  readonly target: string;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the whole process tree of the target. */
  readonly cpuSecondsPer1000: number;
  readonly peakMiB: number;
}

export interface BenchPlan {
  readonly targets: readonly BenchTarget[];
  readonly scenarios: readonly BenchScenario[];
  readonly rounds: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

interface Sample extends LoadResult {
  readonly cpu: number;
  readonly peakMiB: number;
}

const MEMORY_EVERY_MS = 100;
const WARM_UP_SECONDS = 2;

/**
 * Runs all targets side by side, idle but for the one that is measured, and goes round: what slows the machine down hits all.
 *
 * @throws {Error} if a target fails requests that it should answer: a fast refusal is no measurement
 */
export async function runBench(plan: BenchPlan): Promise<readonly BenchRow[]> {
  const upstreamPort = await findFreePort(0);
  const upstream = await startChildServer({
    entry: UPSTREAM_SERVER,
    environment: { PORT: String(upstreamPort) },
  });
  try {
    const running = new Map<BenchTarget, RunningTarget>();
    return await withAll(plan.targets, `http://127.0.0.1:${upstreamPort}`, running, () =>
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
  running: Map<BenchTarget, RunningTarget>,
  use: () => Promise<T>,
): Promise<T> {
  if (first === undefined) return use();
  return first.run(upstream, (one) => {
    running.set(first, one);
    return withAll(rest, upstream, running, use);
  });
}

async function measureAll(
  plan: BenchPlan,
  running: ReadonlyMap<BenchTarget, RunningTarget>,
): Promise<readonly BenchRow[]> {
  const samples = new Map<string, Sample[]>();
  for (const scenario of plan.scenarios) {
    for (let round = 0; round <= plan.rounds; round += 1) {
      for (const [target, one] of running) {
        if (!plays(target, one, scenario.name)) continue;
        const seconds = round === 0 ? WARM_UP_SECONDS : plan.seconds;
        const sample = await measure(target, one, scenario, seconds);
        if (round === 0) continue;
        const key = `${scenario.name} ${target.name}`;
        samples.set(key, [...(samples.get(key) ?? []), sample]);
        plan.say(
          `${scenario.name}, round ${round} of ${plan.rounds}: ${target.name} ${perThousand(sample).toFixed(3)} CPU s`,
        );
      }
    }
  }
  return [...samples].map(([key, list]) => {
    const [scenario = "", target = ""] = key.split(" ");
    return {
      scenario,
      target,
      rps: Math.round(median(list.map(({ requests, seconds }) => requests / seconds))),
      p50Ms: rounded(median(list.map(({ p50Ms }) => p50Ms))),
      p99Ms: rounded(median(list.map(({ p99Ms }) => p99Ms))),
      cpuSecondsPer1000: rounded(median(list.map(perThousand)), 4),
      peakMiB: rounded(Math.max(...list.map(({ peakMiB }) => peakMiB)), 1),
    };
  });
}

async function measure(
  target: BenchTarget,
  one: RunningTarget,
  scenario: BenchScenario,
  seconds: number,
): Promise<Sample> {
  const { cookie: _, ...strangers } = one.headers;
  const path = scenario.name === "session" ? (one.sessionPath ?? "/") : one.prefix + scenario.path;
  const tree = treeOf(one.pids);
  let peakMiB = memoryMib(tree);
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, memoryMib(tree))), MEMORY_EVERY_MS);
  const before = cpuSeconds(tree);
  try {
    const result = await load({
      url: `http://127.0.0.1:${one.port}${path}`,
      headers: scenario.isRefused === true ? strangers : one.headers,
      scenario,
      seconds,
    });
    const isHonest = scenario.isRefused === true ? true : result.failed === 0 && result.requests > 0;
    if (!isHonest)
      throw new Error(`${target.name} failed ${result.failed} of ${result.requests} (${scenario.name}).`);
    // What it still does after the last answer, logs and all, is part of the cost.
    await sleep(100);
    return { ...result, cpu: cpuSeconds(tree) - before, peakMiB };
  } finally {
    clearInterval(timer);
  }
}

function perThousand({ cpu, requests }: Pick<Sample, "cpu" | "requests">): number {
  return (cpu / Math.max(1, requests)) * 1_000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
    : (sorted[Math.floor(middle)] ?? 0);
}

function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
