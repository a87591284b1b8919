import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { renderTables } from "./bench-table.ts";
import { cpuSeconds, memoryMib, treeOf } from "./process-tree.ts";
import { SCENARIOS } from "./scenarios.ts";

const row = { scenario: "get-1k", rps: 1, p50Ms: 1, p99Ms: 2, peakMiB: 10 };

it("lists the cheapest target first, and what the others cost in multiples of a bare proxy", () => {
  const tables = renderTables(
    [
      { ...row, target: "coatcheck", cpuSecondsPer1000: 0.1 },
      { ...row, target: "undici", cpuSecondsPer1000: 0.05 },
      { ...row, scenario: "refused", target: "coatcheck", cpuSecondsPer1000: 0.04 },
    ],
    SCENARIOS,
  );
  const cells = tables
    .split("\n")
    .filter((line) => /^\| (?:coatcheck|undici)/u.test(line))
    .map((line) => line.split(" | ").slice(0, 3));
  expect(cells).toEqual([
    ["| undici", "0.05", "1.00"],
    ["| coatcheck", "0.1", "2.00"],
    ["| coatcheck", "0.04", "0.80"],
  ]);
});

it.runIf(process.platform === "linux")("counts what children use, also those that have ended", async () => {
  const busy = "const until = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < until);";
  const code = `const { spawnSync } = require("node:child_process");
spawnSync(process.execPath, ["-e", ${JSON.stringify(busy)}]); console.log("done"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await once(child.stdout, "data");
    const tree = treeOf([child.pid ?? 0]);
    expect(tree).toContain(child.pid);
    expect(cpuSeconds(tree)).toBeGreaterThanOrEqual(0.3);
    expect(memoryMib(tree)).toBeGreaterThan(1);
  } finally {
    child.kill("SIGKILL");
  }
});
