import { type Measured, timesCpuOf, toRow } from "./bench-row.ts";
import type { BenchScenario } from "./scenarios.ts";
import { YARDSTICK } from "./targets.ts";

/** A Markdown table a scenario, the cheapest first; what each costs in multiples of the yardstick, and of another target if one is named. */
export function renderTables(
  measured: readonly Measured[],
  scenarios: readonly BenchScenario[],
  other?: string,
): string {
  return scenarios
    .flatMap(({ name, about }) => {
      const own = measured.filter(({ scenario }) => scenario === name);
      if (own.length === 0) return [];
      const units = [YARDSTICK, ...(other === undefined ? [] : [other])];
      const lines = own
        .map((one) => ({ one, row: toRow(one) }))
        .toSorted((a, b) => a.row.cpuSecondsPer1000 - b.row.cpuSecondsPer1000)
        .map(({ one, row }) => {
          const multiples = units.map((unit) => {
            const found = own.find(({ target }) => target === unit);
            return found === undefined ? "" : timesCpuOf(one, found).toFixed(2);
          });
          const { target, rps, p50Ms, p99Ms, cpuSecondsPer1000, peakMiB } = row;
          return rowText([target, cpuSecondsPer1000, multiples.join(" | "), rps, p50Ms, p99Ms, peakMiB]);
        });
      const head = ["Target", "CPU s a 1,000", ...units.map((unit) => `x ${unit}`)];
      return [
        [
          `### ${name}: ${about}`,
          "",
          rowText([...head, "requests/s", "p50 ms", "p99 ms", "peak MiB"]),
          `|${"---|".repeat(head.length + 4)}`,
          ...lines,
        ].join("\n"),
      ];
    })
    .join("\n\n");
}

function rowText(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}
