import { parseArgs } from "node:util";
import { SEEDED_BUGS } from "../sim/bugs.ts";
import { loadCode, makeMutatedCopy } from "../sim/mutated-copy.ts";
import { explore, type Exploration } from "./explore.ts";
import type { Bounds } from "./state.ts";
import { createModelStore } from "./store.ts";

const USAGE = `pnpm model [--requests 2|3] [--faults N]   every order of the ledger's steps, for requests of one session on two
    instances through two generations, with N things going wrong at any moment. Without either: three requests
    with nothing wrong, and two with one thing; three with one take long, and 12 GB
pnpm model --bugs                          the same on copies of the ledger with a bug in it: each must be found`;

/** Bugs of the ledger itself, which the simulation knows, too, and how much it takes to find them. */
const LEDGER_BUGS: Readonly<Record<string, Bounds>> = {
  "no single flight": { requests: 2, faults: 0 },
  "no replay": { requests: 2, faults: 0 },
  "success fenced out": { requests: 2, faults: 1 },
  "retry of an ambiguous failure at once": { requests: 2, faults: 1 },
  "short grace: a generation settles at once": { requests: 3, faults: 0 },
  "a stale cookie is sent to the provider": { requests: 3, faults: 0 },
};

const { values } = parseArgs({
  options: {
    requests: { type: "string" },
    faults: { type: "string" },
    bugs: { type: "boolean" },
    help: { type: "boolean" },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const requests = Number(values.requests ?? 3);
const faults = Number(values.faults ?? 0);
const isPossible = (requests === 2 || requests === 3) && Number.isSafeInteger(faults) && faults >= 0;

if (values.help === true || !isPossible) {
  print(USAGE);
  process.exitCode = values.help === true ? 0 : 2;
} else if (values.bugs === true) {
  process.exitCode = await findBugs();
} else if (values.requests === undefined && values.faults === undefined) {
  process.exitCode =
    (await exploreOnce({ requests: 3, faults: 0 })) + (await exploreOnce({ requests: 2, faults: 1 }));
} else {
  process.exitCode = await exploreOnce({ requests, faults });
}

async function exploreOnce(bounds: Bounds): Promise<number> {
  print(`${bounds.requests} requests, ${bounds.faults} faults`);
  let saidAt = performance.now();
  const result = await explore(createModelStore(), bounds, (states, depth) => {
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    print(`${states} states, up to ${depth} moves deep`);
  });
  print(describe(result));
  return result.violation === undefined ? 0 : 1;
}

function describe({ states, moves, depth, ends, violation }: Exploration): string {
  const counts = `${states} states, ${moves} moves, at most ${depth} moves deep, ${ends} ends`;
  if (violation === undefined)
    return `${counts}: no violation, and from each state the work can go on to its end`;
  return `${counts}\nVIOLATION: ${violation.what}\n${violation.way.map((move) => `  ${move}`).join("\n")}`;
}

async function findBugs(): Promise<number> {
  let missed = 0;
  for (const [name, bounds] of Object.entries(LEDGER_BUGS)) {
    const bug = SEEDED_BUGS.find((known) => known.name === name);
    if (bug === undefined) throw new RangeError(`no seeded bug is named ${name}`);
    const copy = await makeMutatedCopy(bug.changes);
    try {
      const { createRecordLedger } = await loadCode(copy.path);
      const { violation } = await explore(createModelStore(createRecordLedger), bounds);
      if (violation === undefined) missed += 1;
      print(`${bug.name}: ${violation?.what ?? "not found"}`);
    } finally {
      await copy.remove();
    }
  }
  const count = Object.keys(LEDGER_BUGS).length;
  print(`${count} seeded bugs, ${count - missed} found`);
  return missed === 0 ? 0 : 1;
}
