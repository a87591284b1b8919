import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { chooseForDay, findProblems } from "./choose.ts";
import { MUTANTS } from "./list/index.ts";
import type { Mutant } from "./mutation.ts";
import { repositoryRoot } from "../repository-root.ts";
import { runTests } from "./run-tests.ts";
import { workThrough } from "../work-through.ts";

/**
 * `pnpm mutants [--only WORD] [--jobs N] [--short [--day YYYY-MM-DD]]`: puts one wrong line after the other into the sources
 * and runs the tests that must notice. Ends with exit code 1 if a mutant survives or doesn't fit the code any more.
 */
const A_DAY = 10;
const QUICK_MS = 15_000;
const PATIENT_MS = 120_000;
const { values } = parseArgs({
  options: {
    /** Only those whose file or broken promise holds this. */
    only: { type: "string", default: "" },
    jobs: { type: "string", default: String(availableParallelism()) },
    /** Ten, chosen by the day. */
    short: { type: "boolean", default: false },
    day: { type: "string", default: new Date().toISOString().slice(0, 10) },
    /** Gets `{ passed, failed }`. */
    report: { type: "string", default: "" },
  },
});
const jobs = Math.max(1, Math.floor(Number(values.jobs)) || 1);

const problems = new Map(MUTANTS.map((mutant) => [mutant, findProblems([mutant], repositoryRoot)]));
for (const problem of [...problems.values()].flat()) console.log(`DOESN'T FIT  ${problem}`);
const chosen = (values.short ? chooseForDay(MUTANTS, values.day, A_DAY) : MUTANTS).filter(
  ({ file, breaks }) => `${file} ${breaks}`.includes(values.only),
);
const fitting = chosen.filter((mutant) => problems.get(mutant)?.length === 0);
const unfit = [...problems.values()].filter((found) => found.length > 0).length;
const passed = fitting.length - (await tryAll(fitting));
const failed = fitting.length - passed + unfit;
if (values.report !== "") await writeFile(values.report, JSON.stringify({ passed, failed }));
console.log(
  `${chosen.length} mutants of ${MUTANTS.length}: ${passed} noticed, ${fitting.length - passed} not; ${unfit} of the list don't fit`,
);
process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1;

/** @returns how many weren't noticed */
async function tryAll(mutants: readonly Mutant[]): Promise<number> {
  if (mutants.length === 0) return 0;
  const files = [...new Set(mutants.flatMap(({ tests }) => tests))];
  const sound = await runTests(files, undefined, { workers: jobs, testTimeoutMs: PATIENT_MS });
  if (sound.kind !== "passed") {
    console.log(`Without any mutant: ${sound.kind === "unclear" ? sound.why : sound.by}`);
    return mutants.length;
  }
  console.log(`${files.length} test files pass without a mutant; ${mutants.length} mutants, ${jobs} at once`);
  let unnoticed = 0;
  await workThrough(mutants, jobs, async (mutant) => {
    if (!(await tryOne(mutant))) unnoticed += 1;
  });
  return unnoticed;
}

async function tryOne(mutant: Mutant): Promise<boolean> {
  const startedMs = performance.now();
  let verdict = await runTests(mutant.tests, mutant, { workers: 1, testTimeoutMs: QUICK_MS });
  // A mutant may hang; a test may also be late since the machine is busy, which proves nothing.
  if (verdict.kind === "timed_out")
    verdict = await runTests(mutant.tests, mutant, { workers: 1, testTimeoutMs: PATIENT_MS });
  const seconds = `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  const where = `${mutant.file}: ${mutant.breaks}`;
  if (verdict.kind === "failed" || verdict.kind === "timed_out")
    console.log(`noticed   ${where} (${seconds}; ${verdict.by})`);
  else if (verdict.kind === "passed")
    console.log(`SURVIVED  ${where} (${seconds}; ${verdict.tests} tests pass)`);
  else console.log(`UNCLEAR   ${where} (${seconds}; ${verdict.why})`);
  return verdict.kind === "failed" || verdict.kind === "timed_out";
}
