import type { Mutant } from "../mutation.ts";

export const SCALE_MUTANTS: readonly Mutant[] = [
  {
    file: "packages/tokens/src/ledger/redis/redis-ledger.ts",
    from: "return queue.run(at.key, () => transact(at, step, deadline));",
    to: "return transact(at, step, deadline);",
    breaks:
      "the calls of a page ask Redis as often as there are calls, and not as often as there are pairs of them",
    tests: ["apps/lab/src/scale/counted.test.ts"],
  },
];
