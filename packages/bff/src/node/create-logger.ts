import type { Writable } from "node:stream";
import { createLineSink } from "./line-sink.ts";
import type { LineSink } from "./line-sink.ts";
import { createLogWriter } from "../observe/log-writer.ts";
import type { LogFormat, LogLine } from "../observe/log-writer.ts";

export interface LoggerOptions {
  /** Default: `pretty` at a terminal, else `json`, one object a line. */
  readonly format?: LogFormat;
  /** Where lines go. Default: `process.stdout`. */
  readonly stream?: Writable & { readonly isTTY?: boolean };
}

/** Writes lines to a stream. Those that find no reader are dropped and counted: logging never stops a request. */
export interface Logger extends Omit<LineSink, "write"> {
  readonly log: (line: LogLine) => void;
}

/**
 * Creates a logger. `createNodePorts` makes one itself unless it is given a log.
 *
 * @example createNodePorts({ ledger, log: createLogger({ format: "json" }).log })
 */
export function createLogger({ format, stream = process.stdout }: LoggerOptions = {}): Logger {
  const sink = createLineSink(stream, (lines) => log({ level: "warn", event: "log_lines_dropped", lines }));
  const log = createLogWriter({
    format: format ?? (stream.isTTY === true ? "pretty" : "json"),
    write: (line) => sink.write(line),
    now: () => Date.now(),
  });
  return { log, dropped: () => sink.dropped(), flush: (withinMs) => sink.flush(withinMs) };
}
