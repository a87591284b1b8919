import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { isatty } from "node:tty";
import { BffError, type createBff } from "@coatcheck/bff";
import { renderEnvironmentProblems, type EnvironmentRecord } from "../environment/environment-problem.ts";
import { loadConfigFile } from "../environment/config-file.ts";
import type { Settings } from "../environment/parse-environment.ts";
import { createSettingsSource } from "../secrets/settings-source.ts";
import { ServerError } from "../server-error.ts";
import { inheritedSocket } from "../systemd/inherited-socket.ts";
import { createServiceManager, type ServiceManager } from "../systemd/service-manager.ts";
import { describeError, watchCrashes } from "./crash-watch.ts";
import { createLogger, type Logger } from "@coatcheck/bff/node";
import { warnOfIgnoredProxy } from "./warn-of-ignored-proxy.ts";
import type { WriteLog } from "./write-log.ts";
import { runProcesses, shutdownMs, type Running, type RunOptions } from "./run-processes.ts";

const LAST_LINES_MS = 500;

export interface EntryOptions {
  readonly environment: EnvironmentRecord;
  /** Path of a configuration file. Default: none, the environment says it all. */
  readonly configFile?: string | undefined;
  /** Makes a BFF with more in it than the production one, the default. */
  readonly createBff?: typeof createBff;
  /** Lets an entry stop the process by more than signals. */
  readonly onStop?: (stop: () => void) => void;
}

/**
 * Runs a server from start to end: reads the environment, serves until SIGTERM or SIGINT, drains, exits with 0; with 1 if
 * it can't start. SIGHUP reads the files of secrets again. With several workers this process holds the port, and SIGUSR2 replaces them without refusing a connection.
 */
export async function runEntry({ environment, configFile, onStop, ...options }: EntryOptions): Promise<void> {
  // What is said there is for the person who starts the process; if nobody reads it, nothing is lost.
  process.stderr.on("error", () => undefined);
  const read = await readSource(environment, configFile);
  if (read === undefined) return;
  const { settings } = read;
  const logger = createLogger({ format: settings.logFormat });
  const log: WriteLog = logger.log;
  if (cluster.isPrimary) warnOfIgnoredProxy(environment, log);
  // Of several processes, the one that was started speaks.
  const manager = createServiceManager(cluster.isWorker ? {} : environment, log);

  let running: Running | undefined;
  async function reread(): Promise<void> {
    if (running === undefined) return;
    await manager.reloading();
    await running.reread();
    await manager.ready(status);
  }
  const status = `Serving ${settings.frontends.map(({ bff }) => bff.publicOrigin).join(" ")}`;
  let isStopping = false;
  const stop = (exitCode: 0 | 1): void => {
    if (isStopping) return;
    isStopping = true;
    // Without this, whatever hangs while draining, keeps a process that serves nobody; a worker's primary may be gone.
    setTimeout(() => process.exit(1), shutdownMs(settings)).unref();
    void endProcess({ running, manager, log, logger, exitCode });
  };
  watchCrashes(process, log, () => stop(1));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(0));
  process.on("SIGUSR2", () => void running?.replace?.());
  // Of a terminal it means that it has gone, which ends the process as ever.
  if (isatty(0)) process.on("SIGHUP", () => stop(0));
  else process.on("SIGHUP", () => void reread());
  // The process that holds the port is gone; nobody else would end this one.
  if (cluster.isWorker) process.once("disconnect", () => stop(0));
  // It may have gone while this file was loaded: then nothing tells of it any more.
  if (cluster.isWorker && !process.connected) return stop(0);
  onStop?.(() => stop(0));

  try {
    const { pid, ppid } = process;
    running = await runProcesses({
      ...options,
      ...read,
      log,
      droppedLogLines: () => logger.dropped(),
      listenFd: inheritedSocket(environment, { pid, ppid, isWorker: cluster.isWorker }),
      onPortLost: () => stop(1),
    });
  } catch (error) {
    process.stderr.write(`Not started: ${explain(error)}\n`);
    return exit(logger, 1);
  }
  // Its only worker so far has said why.
  if (running === undefined) return exit(logger, 1);
  await manager.ready(status);
}

/** Reads what is configured; `undefined`: it can't be used, and the person who starts the process has been told why. */
export async function readSettings(
  environment: EnvironmentRecord,
  configFile: string | undefined,
): Promise<Settings | undefined> {
  return (await readSource(environment, configFile))?.settings;
}

async function readSource(
  environment: EnvironmentRecord,
  configFile: string | undefined,
): Promise<Pick<RunOptions, "settings" | "source" | "started"> | undefined> {
  process.exitCode = 1;
  try {
    const file = configFile === undefined ? undefined : await loadConfigFile(configFile);
    const readTextFile = (path: string): string => readFileSync(path, "utf8");
    const source = createSettingsSource({ environment, readTextFile, cores: availableParallelism(), file });
    const started = source.read();
    const { parsed } = started;
    if (parsed.kind === "ok") {
      process.exitCode = 0;
      return { settings: parsed.settings, source, started };
    }
    process.stderr.write(`Not started: ${renderEnvironmentProblems(parsed.problems, environment)}`);
  } catch (error) {
    process.stderr.write(`Not started: ${explain(error)}\n`);
  }
  return undefined;
}

async function endProcess(parts: {
  readonly running: Running | undefined;
  readonly manager: ServiceManager;
  readonly log: WriteLog;
  readonly logger: Logger;
  readonly exitCode: 0 | 1;
}): Promise<void> {
  const { running, manager, log, logger } = parts;
  try {
    await Promise.all([running?.drain(), manager.stopping()]);
    await exit(logger, parts.exitCode);
  } catch (error) {
    log({ level: "error", event: "drain_failed", ...describeError(error) });
    await exit(logger, 1);
  }
}

/** Ends the process when its last lines have left, or can't. */
async function exit(logger: Logger, exitCode: 0 | 1): Promise<void> {
  await logger.flush(LAST_LINES_MS);
  process.exit(exitCode);
}

function explain(error: unknown): string {
  if (error instanceof ServerError) return error.message;
  if (error instanceof BffError) return error.problems.map(({ path, fix }) => `\n  ${path}: ${fix}`).join("");
  return error instanceof Error ? (error.stack ?? error.message) : "unknown error";
}
