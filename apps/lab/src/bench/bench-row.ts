import type { LoadResult } from "./load.ts";

/** What one round of requests brought. */
export interface Sample extends LoadResult {
  /** CPU seconds of the target's whole process tree. */
  readonly cpu: number;
  /** The same by process. */
  readonly cpus: readonly number[];
  readonly peakMiB: number;
}

/** A scenario at a target, a sample a round. */
export interface Measured {
  readonly scenario: string;
  readonly target: string;
  readonly samples: readonly Sample[];
}

/** Medians of the rounds. */
export interface BenchRow {
  readonly scenario: string;
  readonly target: string;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the whole process tree of the target. */
  readonly cpuSecondsPer1000: number;
  /** The highest of all rounds. */
  readonly peakMiB: number;
}

export function toRow({ scenario, target, samples }: Measured): BenchRow {
  return {
    scenario,
    target,
    rps: Math.round(median(samples.map(({ requests, seconds }) => requests / seconds))),
    p50Ms: rounded(median(samples.map(({ p50Ms }) => p50Ms)), 2),
    p99Ms: rounded(median(samples.map(({ p99Ms }) => p99Ms)), 2),
    cpuSecondsPer1000: rounded(median(samples.map(cpuSecondsPer1000)), 4),
    peakMiB: rounded(Math.max(...samples.map(({ peakMiB }) => peakMiB)), 1),
  };
}

/** What several processes of one target brought in one round, as one sample. */
export function joinSamples(samples: readonly Sample[]): Sample {
  const sum = (valueOf: (sample: Sample) => number): number =>
    samples.reduce((total, sample) => total + valueOf(sample), 0);
  return {
    requests: sum(({ requests }) => requests),
    seconds: sum(({ seconds }) => seconds),
    p50Ms: median(samples.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(samples.map(({ p99Ms }) => p99Ms)),
    failed: sum(({ failed }) => failed),
    cpu: sum(({ cpu }) => cpu),
    cpus: (samples[0]?.cpus ?? []).map((_, index) => sum(({ cpus }) => cpus[index] ?? 0)),
    peakMiB: Math.max(...samples.map(({ peakMiB }) => peakMiB)),
  };
}

export function cpuSecondsPer1000({ cpu, requests }: Pick<Sample, "cpu" | "requests">): number {
  return (cpu / Math.max(1, requests)) * 1_000;
}

/** How many times the CPU time of another one it took: the median over pairs of one round, since the machine's speed drifts. */
export function timesCpuOf(measured: Measured, other: Measured): number {
  return median(
    measured.samples.flatMap((ours, round) => {
      const theirs = other.samples[round];
      return theirs === undefined ? [] : cpuSecondsPer1000(ours) / cpuSecondsPer1000(theirs);
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
    : (sorted[Math.floor(middle)] ?? 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
