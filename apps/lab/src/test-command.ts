import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { repositoryRoot } from "./repository-root.ts";
import { findRedis } from "./find-redis.ts";
import { findServer } from "./find-server.ts";

/**
 * `pnpm test`: every check, each of which also runs alone (`pnpm test:lint`). Goes on after a failure, so that one run
 * tells everything. Its last lines say what failed and why; the very last is `N passed, N failed` alone.
 */
const reports = join(repositoryRoot, "node_modules", ".cache", "test-reports");
const unitReport = join(reports, "unit.json");
const e2eReport = join(reports, "e2e.json");
const mutantsReport = join(reports, "mutants.json");
const LINES_OF_ERROR = 8;

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
  /** Each failed test by name, with the beginning of its error. */
  readonly failures?: readonly string[];
  /** Those that passed when they were repeated: their cause is still to be found. */
  readonly flaky?: readonly string[];
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
const failures: string[] = [];
await Promise.all(staticChecks.map((lane) => playAll(lane, "whole")));
await playAll(testRuns, "as it comes");
console.log(`\n${[...failures, ...summary].join("\n")}`);
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
    for (const failure of counts.failures ?? []) failures.push(`FAILED ${check.name}: ${failure}`);
    for (const failure of counts.flaky ?? []) failures.push(`FLAKY  ${check.name}: ${failure}`);
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
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(unitReport, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    testResults: readonly UnitFile[];
  };
  return { passed: numPassedTests, failed: numFailedTests, failures: testResults.flatMap(unitFailures) };
}

interface UnitFile {
  readonly name: string;
  readonly status: string;
  /** Of a file that couldn't be run. */
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages?: readonly string[];
  }[];
}

function unitFailures({ name, status, message, assertionResults }: UnitFile): string[] {
  const file = relative(repositoryRoot, name);
  const failed = assertionResults.filter((result) => result.status === "failed");
  if (failed.length === 0) return status === "failed" ? [describeFailure(file, message)] : [];
  return failed.map(({ fullName, failureMessages }) =>
    describeFailure(`${file}: ${fullName}`, failureMessages?.[0]),
  );
}

interface BrowserSuite {
  readonly suites?: readonly BrowserSuite[];
  readonly specs?: readonly {
    readonly file: string;
    readonly line: number;
    readonly title: string;
    readonly tests: readonly {
      readonly status: "expected" | "unexpected" | "flaky" | "skipped";
      readonly results: readonly { readonly error?: { message?: string } }[];
    }[];
  }[];
}

function countBrowser(): Counts {
  const { stats, suites } = JSON.parse(readFileSync(e2eReport, "utf8")) as {
    stats: { expected: number; unexpected: number; flaky: number };
    suites: readonly BrowserSuite[];
  };
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    failures: suites.flatMap((suite) => browserFailures(suite, "unexpected")),
    flaky: suites.flatMap((suite) => browserFailures(suite, "flaky")),
  };
}

function browserFailures(
  { suites = [], specs = [] }: BrowserSuite,
  wanted: "unexpected" | "flaky",
): string[] {
  const own = specs.flatMap(({ file, line, title, tests }) =>
    tests
      .filter(({ status }) => status === wanted)
      .map(({ results }) => {
        const failed = results.find(({ error }) => error !== undefined);
        return describeFailure(`${file}:${line} ${title}`, failed?.error?.message);
      }),
  );
  return [...own, ...suites.flatMap((suite) => browserFailures(suite, wanted))];
}

/** The first lines of an error say what was expected and what came instead. */
function describeFailure(test: string, error = "no error was reported"): string {
  const lines = stripVTControlCharacters(error)
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("node_modules"));
  return [test, ...lines.slice(0, LINES_OF_ERROR).map((line) => `         ${line.slice(0, 300)}`)].join("\n");
}
