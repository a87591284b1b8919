import { SEEDED_BUGS, type SeededBug } from "./bugs.ts";
import { makeMutatedCopy } from "./mutated-copy.ts";
import { runSeeds } from "./run-seeds.ts";

export interface BugFinding {
  readonly bug: SeededBug;
  /** `undefined`: not found. */
  readonly seed: number | undefined;
  readonly violation: string | undefined;
}

/** Looks for one seeded bug, in at most `maxSeeds` seeds. */
export async function findBug(bug: SeededBug, maxSeeds: number, workers: number): Promise<BugFinding> {
  const copy = await makeMutatedCopy(bug.changes);
  try {
    const { failed } = await runSeeds({
      from: 1,
      count: maxSeeds,
      workers,
      copy: copy.path,
      stopAtFirst: true,
    });
    return { bug, seed: failed[0]?.seed, violation: failed[0]?.violations[0] };
  } finally {
    await copy.remove();
  }
}

/** All seeded bugs whose names hold one of the words; all of them without words. */
export function selectBugs(words: readonly string[]): readonly SeededBug[] {
  return SEEDED_BUGS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
}
