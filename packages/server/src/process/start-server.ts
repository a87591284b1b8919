import { readFileSync } from "node:fs";
import { createLogger, type LogLine } from "@coatcheck/bff/node";
import type { ServerConfig } from "../environment/config-file.ts";
import { renderEnvironmentProblems, type EnvironmentRecord } from "../environment/environment-problem.ts";
import type { Rereading } from "../secrets/reread-secrets.ts";
import { createSettingsSource } from "../secrets/settings-source.ts";
import { ServerError } from "../server-error.ts";
import { runAlone } from "./run-processes.ts";
import { warnOfIgnoredProxy } from "./warn-of-ignored-proxy.ts";

export interface StartServerOptions {
  /** Variables that win over the configuration. Default: none. */
  readonly environment?: EnvironmentRecord;
  /** Default: lines on `process.stdout`, in the form that `server.logFormat` says. */
  readonly log?: (line: LogLine) => void;
}

export interface StartedServer {
  /** Where browsers find it. */
  readonly origin: string;
  /** Reads the files of secrets again (`..._FILE`) as SIGHUP makes `coatcheck serve` do. It also happens when one of them changes. */
  rereadSecrets(): Promise<Rereading>;
  /** Drains as `coatcheck serve` does at SIGTERM. */
  close(): Promise<void>;
}

/**
 * Starts the server of `coatcheck serve` within this process: BFF, API routes and the built page on one port, and the metrics on
 * theirs. Signals are the caller's, and there are no further processes, whatever `workers` says.
 *
 * @throws {ServerError} `config_invalid` (the message has the table of all problems), `web_missing`, `port_taken`,
 * `ledger_unusable`, `telemetry_missing`
 * @example const server = await startServer({ publicOrigin: "https://app.example.com", provider, server: { instances: 1 } }, { environment: process.env })
 */
export async function startServer(
  config: ServerConfig,
  { environment = {}, log }: StartServerOptions = {},
): Promise<StartedServer> {
  const file = { name: "config", value: config };
  const readTextFile = (path: string): string => readFileSync(path, "utf8");
  const source = createSettingsSource({ environment, readTextFile, file });
  const started = source.read();
  const { parsed } = started;
  if (parsed.kind === "invalid")
    throw new ServerError(
      "config_invalid",
      "The server can't start",
      renderEnvironmentProblems(parsed.problems, environment),
    );
  const { settings } = parsed;
  const logger = createLogger({ format: settings.logFormat });
  const writeLog = log ?? logger.log;
  warnOfIgnoredProxy(environment, writeLog);
  const server = await runAlone({
    settings,
    source,
    started,
    log: writeLog,
    droppedLogLines: () => logger.dropped(),
  });
  return {
    origin: settings.bff.publicOrigin,
    rereadSecrets: () => server.reread(),
    close: () => server.drain(),
  };
}
