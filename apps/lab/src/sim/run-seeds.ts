import { Worker } from "node:worker_threads";
import { addCoverage, type Coverage } from "./coverage.ts";
import type { SeedEvidence } from "./evidence.ts";
import type { SeedRange, SeedReport } from "./seed-range.ts";

export interface SeedsResult {
  readonly seeds: number;
  readonly events: number;
  readonly fewestEvents: number;
  readonly failed: readonly { readonly seed: number; readonly violations: readonly string[] }[];
  readonly coverage: Coverage;
}

export interface SeedsOptions {
  readonly from: number;
  readonly count: number;
  readonly workers: number;
  readonly copy?: string;
  /** That each world goes on at least. */
  readonly hours?: number;
  /** What ran before, and where the rest is written to. */
  readonly evidence?: SeedEvidence;
  /** Ends everything at the first seed that fails. */
  readonly stopAtFirst?: boolean;
  readonly onProgress?: (sofar: { readonly seeds: number; readonly failed: number }) => void;
  readonly onFailed?: (seed: number, violations: readonly string[]) => void;
}

/** After which everything ends. */
const MOST_FAILED = 50;

/** Runs many seeds on several cores. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsResult> {
  const { stopAtFirst = false, evidence } = options;
  const before = evidence?.before;
  const coverage: Coverage = new Map(before?.coverage);
  const failed = [...(before?.failed ?? [])];
  let seeds = before?.seeds ?? 0;
  let events = before?.events ?? 0;
  let fewestEvents = before?.fewestEvents ?? Number.POSITIVE_INFINITY;

  await new Promise<void>((resolve, reject) => {
    let running = options.workers;
    const workers = Array.from({ length: options.workers }, (_, index) => {
      const range: SeedRange = {
        from: options.from + index,
        to: options.from + options.count,
        step: options.workers,
        first: options.from,
        stopAtFirst,
        ...(before === undefined ? {} : { done: before.done }),
        ...(options.copy === undefined ? {} : { copy: options.copy }),
        ...(options.hours === undefined ? {} : { hours: options.hours }),
      };
      return new Worker(new URL("./seed-range.ts", import.meta.url), { workerData: { range } });
    });
    function end(): void {
      void Promise.all(workers.map((worker) => worker.terminate())).then(() => resolve());
    }
    for (const worker of workers) {
      worker.on("error", reject);
      worker.on("message", (news: SeedReport) => {
        seeds += news.seeds;
        events += news.events;
        fewestEvents = Math.min(fewestEvents, news.fewestEvents);
        failed.push(...news.failed);
        for (const failure of news.failed) options.onFailed?.(failure.seed, failure.violations);
        addCoverage(coverage, news.coverage);
        evidence?.add(news);
        options.onProgress?.({ seeds, failed: failed.length });
        if (news.isLast) running -= 1;
        if (running === 0 || failed.length >= MOST_FAILED || (stopAtFirst && failed.length > 0)) end();
      });
    }
  });
  return { seeds, events, fewestEvents, failed: failed.toSorted((a, b) => a.seed - b.seed), coverage };
}
