import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { joinSamples, type Measured, timesCpuOf, toRow } from "./bench-row.ts";
import { renderTables } from "./bench-table.ts";
import { cpuSeconds, memoryMib, treeOf } from "./process-tree.ts";
import { SCENARIOS } from "./scenarios.ts";

function measured(scenario: string, target: string, cpuSeconds: readonly number[]): Measured {
  return {
    scenario,
    target,
    samples: cpuSeconds.map((cpu, round) => ({
      cpu,
      cpus: [cpu],
      requests: 1_000,
      seconds: 1,
      p50Ms: 1,
      p99Ms: 2,
      failed: 0,
      peakMiB: 10 + round,
    })),
  };
}

it("lists the cheapest target first, and what the others cost in multiples of a bare proxy and of another commit", () => {
  const tables = renderTables(
    [
      measured("get-1k", "coatcheck", [0.1, 0.2, 0.3]),
      measured("get-1k", "undici", [0.05, 0.1, 0.1]),
      measured("get-1k", "coatcheck@main", [0.2, 0.4, 0.4]),
      measured("refused", "coatcheck", [0.04]),
      measured("refused", "undici", [0.05]),
    ],
    SCENARIOS,
    "coatcheck@main",
  );
  const cells = tables
    .split("\n")
    .filter((line) => /^\| (?:coatcheck|undici)/u.test(line))
    .map((line) => line.split(" | ").slice(0, 4));
  expect(cells).toEqual([
    ["| undici", "0.1", "1.00", "0.25"],
    ["| coatcheck", "0.2", "2.00", "0.50"],
    ["| coatcheck@main", "0.4", "4.00", "1.00"],
    ["| coatcheck", "0.04", "0.80", ""],
    ["| undici", "0.05", "1.00", ""],
  ]);
});

it("compares the rounds in pairs, so that a machine that slows down says nothing", () => {
  const drifting = measured("get-1k", "a", [0.1, 0.2, 0.4]);
  expect(timesCpuOf(drifting, measured("get-1k", "b", [0.05, 0.1, 0.2]))).toBeCloseTo(2);
  expect(toRow(drifting)).toEqual({
    scenario: "get-1k",
    target: "a",
    rps: 1_000,
    p50Ms: 1,
    p99Ms: 2,
    cpuSecondsPer1000: 0.2,
    peakMiB: 12,
  });
});

it("joins what processes of one target brought in a round: sums, the middle latency, the highest memory", () => {
  const one = {
    requests: 900,
    seconds: 1,
    p50Ms: 1,
    p99Ms: 9,
    failed: 0,
    cpu: 0.3,
    cpus: [0.1, 0.2],
    peakMiB: 80,
  };
  const other = {
    ...one,
    requests: 100,
    p50Ms: 3,
    p99Ms: 11,
    failed: 1,
    cpu: 0.1,
    cpus: [0, 0.1],
    peakMiB: 95,
  };
  expect(joinSamples([one])).toEqual(one);
  const joined = joinSamples([one, other]);
  expect(joined).toMatchObject({ requests: 1_000, seconds: 2, p50Ms: 2, p99Ms: 10, failed: 1, peakMiB: 95 });
  expect(joined.cpu).toBeCloseTo(0.4);
  expect(joined.cpus.map((cpu) => cpu.toFixed(1))).toEqual(["0.1", "0.3"]);
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
