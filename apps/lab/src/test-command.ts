import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository-root.ts";
import { findRedis } from "./find-redis.ts";
import { findServer } from "./find-server.ts";

/**
 * `pnpm test`: every check, each of which also runs alone (`pnpm test:lint`). Goes on after a failure, so that one run
 * tells everything, and ends with `N passed, N failed` alone on the last line.
 */
const reports = join(repositoryRoot, "node_modules", ".cache", "test-reports");
const unitReport = join(reports, "unit.json");
const e2eReport = join(reports, "e2e.json");
const mutantsReport = join(reports, "mutants.json");

interface Check {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Counts of a runner's report; a check without one counts as one test. */
  readonly count?: () => Counts;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Side by side: each has a core of its own most of the time. */
const staticChecks: readonly (readonly Check[])[] = [
  [
    { name: "format", script: "test:format" },
    { name: "lint", script: "test:lint" },
    { name: "types", script: "test:types" },
    { name: "dead code", script: "test:dead" },
    { name: "documentation site", script: "docs", args: ["--check"] },
    { name: "build", script: "build" },
  ],
  [{ name: "packages", script: "test:packages" }],
];

/** One after the other: they keep all cores busy, and look at the time. */
const testRuns: readonly Check[] = [
  {
    name: "unit",
    script: "test:unit",
    args: ["--reporter=default", "--reporter=json", `--outputFile.json=${unitReport}`],
    count: countUnit,
  },
  { name: "browser", script: "test:e2e", count: countBrowser },
  {
    name: "mutants",
    script: "mutants",
    args: ["--short", `--report=${mutantsReport}`],
    count: () => JSON.parse(readFileSync(mutantsReport, "utf8")) as Counts,
  },
];

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
findRedis((line) => console.log(line));
const POSTGRES = {
  name: "postgres",
  debian: "postgresql",
  homebrew: "postgresql",
  place: "/usr/lib/postgresql/*/bin/postgres",
};
findServer(POSTGRES, (line) => console.log(line));

let passed = 0;
let failed = 0;
const summary: string[] = [];
await Promise.all(staticChecks.map((lane) => playAll(lane, "whole")));
await playAll(testRuns, "as it comes");
console.log(`\n${summary.join("\n")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** @param output checks that run side by side show theirs when they have ended: one text would stand within the other */
async function playAll(checks: readonly Check[], output: "as it comes" | "whole"): Promise<void> {
  for (const check of checks) {
    const title = `\n--- ${check.name} (pnpm ${check.script})`;
    console.log(output === "as it comes" ? title : `begins: ${check.name} (pnpm ${check.script})`);
    const startedMs = performance.now();
    const { code, text } = await run(check, output === "whole" ? "pipe" : "inherit");
    if (output === "whole") console.log(title);
    if (text !== "") console.log(text);
    const isGreen = code === 0;
    const counts = countOf(check, isGreen);
    passed += counts.passed;
    failed += counts.failed;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    summary.push(
      `${isGreen && counts.failed === 0 ? "ok    " : "FAILED"} ${check.name}: ${counts.passed} passed, ${counts.failed} failed (${seconds} s)`,
    );
  }
}

function run(
  check: Check,
  stdio: "pipe" | "inherit",
): Promise<{ readonly code: number; readonly text: string }> {
  const child = spawn("pnpm", ["run", check.script, ...(check.args ?? [])], {
    cwd: repositoryRoot,
    stdio: ["ignore", stdio, stdio],
    shell: process.platform === "win32",
    env: { ...process.env, E2E_REPORT_FILE: e2eReport },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      resolve({ code: 1, text: `${text}Could not start ${check.script}: ${error.message}` });
    });
    child.on("close", (code) => resolve({ code: code ?? 1, text }));
  });
}

/** A runner that fails without a failed test (or without a report) counts as one failure. */
function countOf(check: Check, isGreen: boolean): Counts {
  if (check.count === undefined) return isGreen ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  try {
    const counts = check.count();
    return isGreen || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } catch (error) {
    console.log(`No report of ${check.name}: ${String(error)}`);
    return { passed: 0, failed: 1 };
  }
}

function countUnit(): Counts {
  const report = JSON.parse(readFileSync(unitReport, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
  };
  return { passed: report.numPassedTests, failed: report.numFailedTests };
}

function countBrowser(): Counts {
  const report = JSON.parse(readFileSync(e2eReport, "utf8")) as {
    stats: { expected: number; unexpected: number; flaky: number };
  };
  return { passed: report.stats.expected, failed: report.stats.unexpected + report.stats.flaky };
}
