import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { applyMutation } from "../mutants/mutation.ts";
import { SEEDED_BUGS } from "./bugs.ts";
import { REQUIRED, type Coverage } from "./coverage.ts";
import { generateScenario } from "./generate-scenario.ts";
import { runReal } from "./run-real.ts";
import { runWorld } from "./run-world.ts";
import { setTripwires } from "./tripwires.ts";

const SEEDS = 200;
const MAIN = new URL("./main.ts", import.meta.url).pathname;

async function sim(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
  return stdout;
}

describe("the simulation", () => {
  it(
    `finds nothing wrong in ${SEEDS} worlds, reaches nearly every transition, and leaves virtual time nowhere`,
    { timeout: 120_000 },
    async () => {
      const coverage: Coverage = new Map();
      const stray: string[] = [];
      const removeTripwires = setTripwires((what) => stray.push(what));
      const failed: string[] = [];
      let fewest = Number.POSITIVE_INFINITY;
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const { violations, events } = await runWorld(generateScenario(seed), { coverage });
        if (violations.length > 0) failed.push(`seed ${seed}: ${violations.join("; ")}`);
        fewest = Math.min(fewest, events);
      }
      removeTripwires();
      expect(failed).toEqual([]);
      expect(fewest).toBeGreaterThanOrEqual(200);
      expect(stray).toEqual([]);
      expect(REQUIRED.filter((what) => !coverage.has(what)).length).toBeLessThanOrEqual(3);
    },
  );

  it("has bugs to find that fit the code", async () => {
    for (const { changes } of SEEDED_BUGS)
      for (const change of changes) {
        const source = await readFile(new URL(`../../../../${change.file}`, import.meta.url), "utf8");
        expect(applyMutation(source, change)).not.toBe(source);
      }
  });

  it("goes on where a run was stopped, with what was counted before", async () => {
    const folder = await mkdtemp(join(tmpdir(), "coatcheck-evidence-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "evidence.txt");
    const run = (seeds: number): Promise<string> => sim("--seeds", String(seeds), "--evidence", file);
    await run(3);
    // Stopped while it wrote.
    await appendFile(file, "4 2");
    const resumed = await run(6);
    expect(resumed).toContain("3 of 6 seeds ran before");
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => /^\d/u.test(line));
    const ran = lines.map((line) => Number(line.split(" ")[0]));
    expect(ran.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    const counts = (text: string): readonly string[] =>
      text.split("\n").filter((line) => /^[a-z].* \d+/u.test(line) && !line.includes("seeds"));
    expect(counts(resumed)).toEqual(counts(await sim("--seeds", "6")));
  });

  it("replays a seed exactly", async () => {
    const first = await runWorld(generateScenario(7));
    const lines: string[] = [];
    const again = await runWorld(generateScenario(7), { onLine: (line) => lines.push(line) });
    expect(again).toEqual(first);
    const thirdLines: string[] = [];
    await runWorld(generateScenario(7), { onLine: (line) => thirdLines.push(line) });
    expect(thirdLines).toEqual(lines);
    expect((await runWorld(generateScenario(8))).trace).not.toBe(first.trace);
  });

  it("finds bugs that were put into a copy of the code", { timeout: 120_000 }, async () => {
    const table = await sim("--bugs", "no single flight", "end on any error", "resource ignored");
    expect(table).toContain("3 seeded bugs, 3 found");
  });

  it("finds nothing wrong with real sealing, key derivation and encryption", async () => {
    expect(await runReal(1, 3, () => undefined)).toEqual([]);
  });
});
