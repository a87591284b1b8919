import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { renderTables } from "./bench-table.ts";
import { isInstalled } from "../torture/stage/daemon.ts";
import { runBench } from "./run-bench.ts";
import { SCENARIOS } from "./scenarios.ts";
import { BENCH_TARGETS } from "./targets.ts";

/**
 * `pnpm bench [--quick] [--targets a,b] [--scenarios a,b] [--json FILE]`: what a call costs through our production server,
 * beside bare proxies and other BFFs, all of them in one run. The figure to trust is the server's CPU time; the rest
 * depends on what else the machine does.
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    targets: { type: "string" },
    scenarios: { type: "string" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    json: { type: "string" },
  },
});
const QUICK = { targets: "undici,node-http,coatcheck,mod_auth_openidc", scenarios: "get-1k,refused,session" };

if (!isInstalled("wrk")) {
  console.error("wrk sends the requests: install it (apt-get install wrk, brew install wrk).");
  process.exit(1);
}
const targetNames = values.targets ?? (values.quick ? QUICK.targets : undefined);
const scenarioNames = values.scenarios ?? (values.quick ? QUICK.scenarios : undefined);
const wanted = chosen(BENCH_TARGETS, targetNames, "target");
const scenarios = chosen(SCENARIOS, scenarioNames, "scenario");
const targets = wanted.filter(({ name, missing }) => {
  if (missing !== undefined) console.log(`left out: ${name} (needs ${missing})`);
  return missing === undefined;
});
const rows = await runBench({
  targets,
  scenarios,
  rounds: Number(values.rounds ?? 3),
  seconds: Number(values.seconds ?? (values.quick ? 2 : 4)),
  say: (line) => console.log(line),
});
console.log(`\n${renderTables(rows, scenarios)}`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);

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
