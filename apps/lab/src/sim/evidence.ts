import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { addCoverage, type Coverage } from "./coverage.ts";
import type { SeedReport } from "./seed-range.ts";

type Failed = SeedReport["failed"][number];

/** What a file says of seeds that ran before. */
interface Before {
  /** By distance from the first seed: 1 for those that ran. */
  readonly done: Uint8Array;
  readonly seeds: number;
  readonly events: number;
  readonly fewestEvents: number;
  readonly failed: readonly Failed[];
  readonly coverage: Coverage;
}

/**
 * A file with a line for each seed: seed, events, trace, and what it violated, as JSON. What else was counted stands in lines
 * that begin with `{`. A run that is stopped goes on from it.
 */
export interface SeedEvidence {
  readonly before: Before;
  add(news: Pick<SeedReport, "ran" | "failed" | "coverage">): void;
}

/** Reads what there is of a range of seeds. The file is made where it isn't there. */
export function openEvidence(file: string, from: number, count: number): SeedEvidence {
  const coverage: Coverage = new Map();
  const done = new Uint8Array(count);
  const failed: Failed[] = [];
  let [seeds, events, fewestEvents] = [0, 0, Number.POSITIVE_INFINITY];
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  // A run that was stopped may have written a part: seeds without what was counted with them.
  const end = text.lastIndexOf("}\n");
  const whole = end < 0 ? "" : text.slice(0, end + 2);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  for (const line of whole.split("\n")) {
    if (line.startsWith("{")) {
      addCoverage(coverage, Object.entries(JSON.parse(line) as Record<string, number>));
      continue;
    }
    const [seed = 0, eventCount = 0] = line.split(" ", 2).map(Number);
    if (done[seed - from] !== 0) continue;
    done[seed - from] = 1;
    seeds += 1;
    events += eventCount;
    fewestEvents = Math.min(fewestEvents, eventCount);
    const violations = line.indexOf("[");
    if (violations > 0) failed.push({ seed, violations: JSON.parse(line.slice(violations)) as string[] });
  }
  return {
    before: { done, seeds, events, fewestEvents, failed, coverage },
    add(news) {
      const violated = new Map(news.failed.map(({ seed, violations }) => [seed, violations]));
      const ran = news.ran.map(([seed, eventCount, trace]) => {
        const violations = violated.get(seed);
        const end = violations === undefined ? "" : ` ${JSON.stringify(violations)}`;
        return `${seed} ${eventCount} ${trace.toString(16)}${end}\n`;
      });
      // In one piece: what is counted belongs to these seeds.
      if (ran.length > 0)
        appendFileSync(file, `${ran.join("")}${JSON.stringify(Object.fromEntries(news.coverage))}\n`);
    },
  };
}
