import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "../repository-root.ts";
import type { Mutant } from "./mutation.ts";

/** What the tests said. */
export type TestVerdict =
  | { readonly kind: "passed"; readonly tests: number }
  | { readonly kind: "failed"; readonly by: string }
  /** A test took too long: the mutant hangs, or the machine is busy. */
  | { readonly kind: "timed_out"; readonly by: string }
  /** A file couldn't be loaded, nothing ran, or it took too long: that proves nothing. */
  | { readonly kind: "unclear"; readonly why: string };

interface VitestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

const VITEST = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const CONFIG = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
const MOST_MS = 300_000;

/** Runs test files, with a mutant in the sources or without. */
export async function runTests(
  tests: readonly string[],
  mutant: Mutant | undefined,
  options: { readonly workers: number; readonly testTimeoutMs: number },
): Promise<TestVerdict> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-mutant-"));
  const reportFile = join(folder, "report.json");
  const args = ["run", "--config", CONFIG, "--reporter=json", `--outputFile=${reportFile}`];
  const environment = { ...process.env, COATCHECK_MUTANT: mutant && JSON.stringify(mutant) };
  try {
    const child = spawn(
      process.execPath,
      [
        VITEST,
        ...args,
        `--maxWorkers=${options.workers}`,
        `--testTimeout=${options.testTimeoutMs}`,
        // One test that fails is enough: a mutant that hangs would hang each of the others, too.
        ...(mutant === undefined ? [] : ["--bail=1"]),
        ...tests,
      ],
      {
        cwd: repositoryRoot,
        env: environment,
        stdio: "ignore",
        timeout: MOST_MS,
        killSignal: "SIGKILL",
      },
    );
    const signal = await new Promise((resolve, reject) => {
      child.once("exit", (_code, by) => resolve(by));
      child.once("error", reject);
    });
    if (signal !== null) return { kind: "unclear", why: `no verdict within ${MOST_MS / 1_000} s` };
    return judge(JSON.parse(await readFile(reportFile, "utf8")) as VitestReport);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judge({ numTotalTests, numPassedTests, success, testResults }: VitestReport): TestVerdict {
  for (const file of testResults) {
    const failed = file.assertionResults.find(({ status }) => status === "failed");
    if (failed === undefined) continue;
    const isLate = failed.failureMessages?.every((message) => /\btimed out in \d+ms/.test(message)) === true;
    const by = `${file.name.slice(repositoryRoot.length)}: ${failed.fullName}`;
    return { kind: isLate ? "timed_out" : "failed", by };
  }
  const unloaded = testResults.find(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  if (unloaded !== undefined)
    return { kind: "unclear", why: `${unloaded.name} can't be loaded: ${unloaded.message?.slice(0, 200)}` };
  if (numTotalTests === 0 || numPassedTests === 0) return { kind: "unclear", why: "no test ran" };
  return success ? { kind: "passed", tests: numPassedTests } : { kind: "failed", by: "an unhandled error" };
}
