import type { BenchRow } from "./run-bench.ts";
import type { BenchScenario } from "./scenarios.ts";

/** What costs are told as multiples of. */
const YARDSTICK = "undici";

/** A Markdown table a scenario, the cheapest first. */
export function renderTables(rows: readonly BenchRow[], scenarios: readonly BenchScenario[]): string {
  const yardstick = rows.find(({ scenario, target }) => scenario === "get-1k" && target === YARDSTICK);
  return scenarios
    .flatMap(({ name, about }) => {
      const own = rows
        .filter(({ scenario }) => scenario === name)
        .toSorted((a, b) => a.cpuSecondsPer1000 - b.cpuSecondsPer1000);
      if (own.length === 0) return [];
      const unit =
        own.find(({ target }) => target === YARDSTICK)?.cpuSecondsPer1000 ?? yardstick?.cpuSecondsPer1000;
      const lines = own.map(
        ({ target, rps, p50Ms, p99Ms, cpuSecondsPer1000, peakMiB }) =>
          `| ${target} | ${cpuSecondsPer1000} | ${unit === undefined ? "" : (cpuSecondsPer1000 / unit).toFixed(2)} | ${rps} | ${p50Ms} | ${p99Ms} | ${peakMiB} |`,
      );
      return [
        [
          `### ${name}: ${about}`,
          "",
          `| Target | CPU s a 1,000 | x ${YARDSTICK} | requests/s | p50 ms | p99 ms | peak MiB |`,
          "|---|---|---|---|---|---|---|",
          ...lines,
        ].join("\n"),
      ];
    })
    .join("\n\n");
}
