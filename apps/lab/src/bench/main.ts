import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { toRow } from "./bench-row.ts";
import { renderTables } from "./bench-table.ts";
import { checkOut } from "./checkout.ts";
import { isInstalled } from "../torture/stage/daemon.ts";
import { runBench } from "./run-bench.ts";
import { SCENARIOS } from "./scenarios.ts";
import { BENCH_TARGETS, coatcheckTarget, YARDSTICK } from "./targets.ts";
import { endWithChildren } from "../lifetime/end-with-children.ts";

/**
 * `pnpm bench [--quick] [--targets a,b] [--scenarios a,b] [--json FILE]`: what a call costs through our production server,
 * beside bare proxies and other BFFs, all of them in one run. The figure to trust is the server's CPU time; the rest
 * depends on what else the machine does.
 *
 * `pnpm bench --compare REF`: the same server as it was at another commit beside it, round by round.
 *
 * `--processes N`: starts each target so often. Two processes of the same code differ by some percent for as long as they live,
 * so what is to be told apart by less takes several.
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    targets: { type: "string" },
    scenarios: { type: "string" },
    processes: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    json: { type: "string" },
    compare: { type: "string" },
  },
});
endWithChildren();
const SCENARIOS_OF_A_CALL = "get-1k,refused,session";
const COMPARED = { targets: `${YARDSTICK},coatcheck`, scenarios: SCENARIOS_OF_A_CALL };
const QUICK = { targets: "undici,node-http,coatcheck,mod_auth_openidc", scenarios: SCENARIOS_OF_A_CALL };

if (!isInstalled("wrk")) {
  console.error("wrk sends the requests: install it (apt-get install wrk, brew install wrk).");
  process.exit(1);
}
const { compare } = values;
const preset = compare !== undefined ? COMPARED : values.quick ? QUICK : undefined;
const processes = countOf("processes", 1);
const rounds = countOf("rounds", preset === COMPARED ? 9 : 3);
const seconds = countOf("seconds", preset === undefined ? 4 : 2);
const wanted = chosen(BENCH_TARGETS, values.targets ?? preset?.targets, "target");
const scenarios = chosen(SCENARIOS, values.scenarios ?? preset?.scenarios, "scenario");
const present = wanted.filter(({ name, missing }) => {
  if (missing !== undefined) console.log(`left out: ${name} (needs ${missing})`);
  return missing === undefined;
});
const checkout = compare === undefined ? undefined : checkOut(compare);
const other = checkout === undefined ? [] : [coatcheckTarget(`coatcheck@${compare}`, checkout.entry)];
try {
  const measured = await runBench({
    targets: [...present, ...other],
    scenarios,
    processes,
    rounds,
    seconds,
    say: (line) => console.log(line),
  });
  const own = present.find(({ name }) => name === "coatcheck")?.name;
  console.log(`\n${renderTables(measured, scenarios, other[0]?.name ?? own)}`);
  if (values.json !== undefined)
    await writeFile(values.json, `${JSON.stringify(measured.map(toRow), null, 2)}\n`);
} finally {
  checkout?.remove();
}

/** Without this, a number that is none would measure nothing, and show an empty table in the end. */
function countOf(option: "processes" | "rounds" | "seconds", otherwise: number): number {
  const text = values[option];
  const count = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  console.error(`--${option} ${text}: give a whole number from 1.`);
  return process.exit(2);
}

function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: string | undefined,
  kind: string,
): readonly T[] {
  if (names === undefined) return all;
  const list = names.split(",");
  const unknown = list.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    console.error(`No ${kind} ${unknown.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}.`);
    process.exit(1);
  }
  return all.filter(({ name }) => list.includes(name));
}
