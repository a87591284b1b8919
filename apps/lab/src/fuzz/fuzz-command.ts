import { parseArgs } from "node:util";
import { runFuzz } from "./run-fuzz.ts";

/**
 * `pnpm fuzz [--requests 1000000] [--seed N]`: odd and broken input of browsers, strangers and the provider, over raw
 * sockets, against the production server. Exit 1 on a crash, an answer of 500, a call to anybody whom the rules don't
 * permit, or a token in an answer; each with the seed that shows it again.
 */
const { values } = parseArgs({
  options: { requests: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});

const startedAt = performance.now();
const { sent, statuses, violations } = await runFuzz({
  requests: Number(values.requests),
  seed: Number(values.seed),
  onProgress: (count) => console.log(`${count} requests`),
});

console.log(
  `\n${sent} requests in ${Math.round((performance.now() - startedAt) / 1_000)} s, from seed ${values.seed}`,
);
for (const [status, count] of [...statuses].toSorted(([a], [b]) => a.localeCompare(b)))
  console.log(`  ${status.padEnd(5)} ${count}`);
for (const violation of violations) console.log(`VIOLATION ${violation}`);
console.log(violations.length === 0 ? "no violation" : `${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
