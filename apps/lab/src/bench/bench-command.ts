import { parseArgs } from "node:util";
import { MAX_AUTHENTICATED_RATIO, renderBench, reportBench } from "./bench-report.ts";
import { measureProxiedCalls } from "./proxied-calls.ts";

/**
 * `pnpm bench`: what a session costs. Calls through the production server with and without one, side by side in one run. Ends with exit code 1 if an authenticated call
 * costs the server more than `MAX_AUTHENTICATED_RATIO` times an anonymous one.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    calls: { type: "string", default: "1500" },
    parallel: { type: "string", default: "4" },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const parallel = Number(values.parallel);
if (![rounds, calls, parallel].every((value) => Number.isInteger(value) && value >= 1)) {
  console.error("--rounds, --calls and --parallel need whole numbers from 1 on.");
  process.exit(1);
}

console.log(`${rounds} rounds of ${calls} calls of each kind, ${parallel} at once; medians of the rounds:\n`);
const proxied = await measureProxiedCalls({ rounds, calls, parallel });
const report = reportBench(proxied);
console.log(renderBench(report));
const isKept = report.authenticatedRatio <= MAX_AUTHENTICATED_RATIO;
console.log(
  `\nan authenticated call costs ${report.authenticatedRatio.toFixed(2)} times an anonymous one; ` +
    `${isKept ? "within" : "beyond"} the bound of ${MAX_AUTHENTICATED_RATIO}`,
);
process.exitCode = isKept ? 0 : 1;
