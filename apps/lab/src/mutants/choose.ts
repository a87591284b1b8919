import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../sim/random.ts";
import { applyMutation, type Mutant } from "./mutation.ts";

/** Mutants that don't fit the code any more, each with its reason; none may be skipped in silence. */
export function findProblems(mutants: readonly Mutant[], root: string): readonly string[] {
  return mutants.flatMap((mutant) => {
    const problems = mutant.tests
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `there is no test ${path}`);
    try {
      applyMutation(readFileSync(join(root, mutant.file), "utf8"), mutant);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    return problems.map((problem) => `${mutant.breaks}: ${problem}`);
  });
}

/** Some of the list, the same ones all day: every run of a day repeats, and the days go through all of them. */
export function chooseForDay(mutants: readonly Mutant[], day: string, count: number): readonly Mutant[] {
  const dayNumber = Math.floor(Date.parse(day) / 86_400_000);
  if (!Number.isFinite(dayNumber)) throw new RangeError(`${day} is no date: write it as 2026-11-30`);
  const daysForAll = Math.ceil(mutants.length / count);
  // The order is new each time that all have been chosen once.
  const shuffled = shuffle(mutants, Math.floor(dayNumber / daysForAll));
  const from = (dayNumber % daysForAll) * count;
  return [...shuffled, ...shuffled].slice(from, from + Math.min(count, mutants.length));
}

function shuffle<T>(list: readonly T[], seed: number): readonly T[] {
  const random = createRandom(seed);
  return list
    .map((item) => ({ item, at: random.fraction() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
