import { readFileSync } from "node:fs";
import { BffError, type Extension } from "@coatcheck/bff";
import type { EnvironmentRecord } from "../environment/environment-reader.ts";
import { renderEnvironmentProblems } from "../environment/environment-report.ts";
import { parseEnvironment } from "../environment/parse-environment.ts";
import { ServerError } from "../server-error.ts";
import { describeError, watchCrashes } from "./crash-watch.ts";
import { createLogWriter, type WriteLog } from "./log-writer.ts";
import { runServer, type RunningServer } from "./run-server.ts";

export interface EntryOptions {
  readonly environment: EnvironmentRecord;
  readonly extensions?: readonly Extension[];
  /** Lets an entry stop the process by more than signals. */
  readonly onStop?: (stop: () => void) => void;
}

/** Runs a server from start to end: reads the environment, serves until SIGTERM or SIGINT, drains, exits with 0; 1 if it can't start. */
export async function runEntry({ environment, extensions = [], onStop }: EntryOptions): Promise<void> {
  const parsed = parseEnvironment(environment, (path) => readFileSync(path, "utf8"));
  if (parsed.kind === "invalid") {
    process.stderr.write(renderEnvironmentProblems(parsed.problems, environment));
    process.exitCode = 1;
    return;
  }
  const { settings } = parsed;
  const log = createLogWriter({
    format: settings.logFormat,
    write: (line) => process.stdout.write(line),
    now: () => Date.now(),
  });

  let running: RunningServer | undefined;
  let isStopping = false;
  const stop = (exitCode: 0 | 1): void => {
    if (isStopping) return;
    isStopping = true;
    void endProcess(running, log, exitCode);
  };
  watchCrashes(process, log, () => stop(1));
  process.on("SIGTERM", () => stop(0));
  process.on("SIGINT", () => stop(0));
  onStop?.(() => stop(0));

  try {
    running = await runServer({ settings, log, extensions });
  } catch (error) {
    process.stderr.write(`Not started: ${explain(error)}\n`);
    process.exit(1);
  }
}

async function endProcess(running: RunningServer | undefined, log: WriteLog, exitCode: 0 | 1): Promise<void> {
  try {
    await running?.drain();
    process.exit(exitCode);
  } catch (error) {
    log({ level: "error", event: "drain_failed", ...describeError(error) });
    process.exit(1);
  }
}

function explain(error: unknown): string {
  if (error instanceof ServerError) return error.message;
  if (error instanceof BffError) return error.problems.map(({ path, fix }) => `\n  ${path}: ${fix}`).join("");
  return error instanceof Error ? (error.stack ?? error.message) : "unknown error";
}
