import type { Mutant } from "../mutation.ts";

export const SCALE_MUTANTS: readonly Mutant[] = [
  {
    file: "packages/tokens/src/ledger/redis/redis-ledger.ts",
    from: "return queue.run(at, () => transact(at, step, true, deadline));",
    to: "return transact(at, step, true, deadline);",
    breaks:
      "the calls of a page ask Redis as often as there are calls, and not as often as there are pairs of them",
    tests: ["apps/lab/src/scale/counted.test.ts"],
  },
  {
    file: "packages/tokens/src/keeper/ended-sessions.ts",
    from: "additionsToSweep = Math.max(SWEEP_EVERY, (sessions.size + tombstones.size) / 2);",
    to: "additionsToSweep = SWEEP_EVERY;",
    breaks: "a million endings don't make an instance look at each of them a thousand times",
    tests: ["packages/tokens/src/keeper/ended-sessions.test.ts"],
  },
  {
    file: "packages/tokens/src/ledger/sqlite-tables.ts",
    from: "[outlived, ...others].some((gone) => gone.length === limit)",
    to: "outlived.length === limit",
    breaks: "tombstones and endings go as fast as they come, however few records there are",
    tests: ["packages/tokens/src/ledger/sqlite-tables.test.ts"],
  },
];
