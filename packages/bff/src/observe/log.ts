import type { Tracing } from "../tracing/tracing.ts";
import type { LogEventName } from "./log-events.ts";

/** One structured log line. The writer adds the time (UTC). Strings are cleaned before they get here (S-137). */
export interface LogEvent {
  readonly level: "info" | "warn" | "error";
  readonly event: LogEventName;
  readonly requestId?: string | undefined;
  /** Hash of the session id. */
  readonly session?: string | undefined;
  readonly clientAddress?: string | undefined;
  readonly [field: string]: string | number | boolean | undefined;
}

export type Log = (event: LogEvent) => void;

/** Room for an `advice`. */
const MAX_FIELD_CHARACTERS = 1_000;

/**
 * Wraps a log so that no text of somebody else can forge or break a line, whoever forgets (S-137).
 *
 * @param tracing adds the ids of the trace to which a line belongs
 */
export function createCleanLog(log: Log, tracing?: Pick<Tracing, "current">): Log {
  return (event) => {
    const clean = Object.entries({ ...event, ...tracing?.current() })
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, typeof value === "string" ? cleanText(value) : value]);
    log(Object.fromEntries(clean) as LogEvent);
  };
}

/** Replaces everything that isn't a visible ASCII character or a space, and cuts what is too long. */
function cleanText(text: string): string {
  const cut = text.length > MAX_FIELD_CHARACTERS ? `${text.slice(0, MAX_FIELD_CHARACTERS)}...` : text;
  return cut.replaceAll(/[^\x20-\x7e]/gu, "?");
}
