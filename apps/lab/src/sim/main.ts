import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { formatCoverage, thinCoverage } from "./coverage.ts";
import { openEvidence } from "./evidence.ts";
import { findBug, selectBugs } from "./find-bugs.ts";
import { generateScenario, type Scenario } from "./generate-scenario.ts";
import { runReal } from "./run-real.ts";
import { runSeeds } from "./run-seeds.ts";
import { runWorld } from "./run-world.ts";
import { shrink } from "./shrink.ts";

const USAGE = `pnpm sim --seeds N [--seed S] [--workers W]   N worlds, from seed S (default 1)
    [--evidence FILE]                        writes a line a seed; a run that was stopped goes on from there
    [--hours H]                              each of them for so long at least, as a soak in simulated time
pnpm sim --seed S [--hours H]                one world, with everything that happens in it
pnpm sim --bugs [WORD ...]                   finds the seeded bugs, each within 30,000 seeds
pnpm sim --real --seeds N                    the same worlds with real sealing, key derivation and encryption`;

const MAX_SEEDS_A_BUG = 30_000;
const SHOWN_FAILURES = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    workers: { type: "string" },
    hours: { type: "string" },
    evidence: { type: "string" },
    bugs: { type: "boolean" },
    real: { type: "boolean" },
    shrink: { type: "boolean" },
    help: { type: "boolean" },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const workers = Math.max(1, Number(values.workers ?? Math.min(8, availableParallelism())));
const seed = Number(values.seed ?? 1);
const seeds = Number(values.seeds ?? 1);
const hours = values.hours === undefined ? undefined : Number(values.hours);

if (
  values.help === true ||
  ![workers, seed, seeds, hours ?? 1].every((number) => Number.isSafeInteger(number) && number > 0)
) {
  print(USAGE);
  process.exitCode = values.help === true ? 0 : 2;
} else if (values.bugs === true) {
  process.exitCode = await findAllBugs();
} else if (values.real === true) {
  process.exitCode = await runRealSeeds();
} else if (values.seeds === undefined) {
  process.exitCode = await replay();
} else {
  process.exitCode = await runMany();
}

async function runMany(): Promise<number> {
  const startedAt = performance.now();
  const evidence = values.evidence === undefined ? undefined : openEvidence(values.evidence, seed, seeds);
  const seedsBefore = evidence?.before.seeds ?? 0;
  const perSecond = (done: number): string =>
    ((done - seedsBefore) / ((performance.now() - startedAt) / 1_000)).toFixed(0);
  if (seedsBefore > 0) print(`${seedsBefore} of ${seeds} seeds ran before`);
  let lastAt = startedAt;
  const result = await runSeeds({
    from: seed,
    count: seeds,
    workers,
    ...(hours === undefined ? {} : { hours }),
    ...(evidence === undefined ? {} : { evidence }),
    onFailed: (failed, violations) => print(`seed ${failed}: ${violations.join("; ")}`),
    onProgress(sofar) {
      if (performance.now() - lastAt < 5_000) return;
      lastAt = performance.now();
      print(
        `${sofar.seeds} of ${seeds} seeds, ${perSecond(sofar.seeds)} seeds/s, ${sofar.failed} with violations`,
      );
    },
  });
  print(formatCoverage(result.coverage, result.seeds));
  print("");
  print(
    `${(result.events / result.seeds).toFixed(0)} events a seed, at least ${result.fewestEvents}; ${perSecond(result.seeds)} seeds/s`,
  );
  const thin = thinCoverage(result.coverage, result.seeds);
  if (thin.length > 0) print(`reached in fewer than 1 of 100 seeds: ${thin.join("; ")}`);
  for (const failure of result.failed.slice(0, SHOWN_FAILURES))
    await explain(generateScenario(failure.seed, hours));
  print(`${result.seeds} seeds, ${result.failed.length} violations`);
  return result.failed.length === 0 && result.seeds === seeds ? 0 : 1;
}

/** Shrinks a failing scenario, and tells what happens in what is left. */
async function explain(scenario: Scenario): Promise<void> {
  const small = await shrink(scenario, undefined);
  print("");
  print(
    `seed ${scenario.seed}, shrunk from ${scenario.steps.length} to ${small.steps.length} steps: ${JSON.stringify(small.settings)}`,
  );
  await runWorld(small, { onLine: print });
  print("");
}

async function replay(): Promise<number> {
  const scenario = generateScenario(seed, hours);
  if (values.shrink === true) await explain(scenario);
  else print(JSON.stringify(scenario.settings));
  const result = await runWorld(scenario, values.shrink === true ? {} : { onLine: print });
  print(`${result.events} events, trace ${(result.trace >>> 0).toString(16)}`);
  print(`1 seeds, ${Math.min(1, result.violations.length)} violations`);
  return result.violations.length === 0 ? 0 : 1;
}

async function findAllBugs(): Promise<number> {
  const bugs = selectBugs(positionals);
  const width = Math.max(...bugs.map(({ name }) => name.length));
  let missed = 0;
  print(`${"seeded bug".padEnd(width)}  first seed  how`);
  for (const bug of bugs) {
    const { seed: found, violation } = await findBug(bug, MAX_SEEDS_A_BUG, workers);
    if (found === undefined) missed += 1;
    print(`${bug.name.padEnd(width)}  ${String(found ?? "not found").padStart(10)}  ${violation ?? ""}`);
  }
  print(`${bugs.length} seeded bugs, ${bugs.length - missed} found`);
  return missed === 0 ? 0 : 1;
}

async function runRealSeeds(): Promise<number> {
  const failed = await runReal(seed, seeds, (done) => print(`${done} of ${seeds} seeds`));
  for (const failure of failed) print(`seed ${failure.seed}: ${failure.violations.join("; ")}`);
  print(`${seeds} seeds, ${failed.length} violations`);
  return failed.length === 0 ? 0 : 1;
}
