/** What a log line may hold besides its level and event. */
type LogValue = string | number | boolean | undefined;

/** One thing that happened. Never holds a token, code, secret or cookie: who emits it sees to that. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly [field: string]: LogValue;
}

export type LogFormat = "json" | "pretty";

export interface LogWriterOptions {
  readonly format: LogFormat;
  /** Takes one whole line with its line break. */
  readonly write: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const MAX_TEXT_LENGTH = 1000;

/** Cuts what is too long, so that no request can fill the log. */
function cut(value: LogValue): LogValue {
  return typeof value === "string" && value.length > MAX_TEXT_LENGTH
    ? `${value.slice(0, MAX_TEXT_LENGTH)}...`
    : value;
}

/** Escapes what JSON leaves as it is and a terminal or another parser takes for a control or a line break (S-137). */
function escapeControls(text: string): string {
  return text.replaceAll(
    /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Writes each line with its time (UTC): as JSON for machines, or as `key=value` for people. */
export function createLogWriter({ format, write, now }: LogWriterOptions): (line: LogLine) => void {
  return ({ level, event, ...fields }) => {
    const time = new Date(now()).toISOString();
    const entries = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, cut(value)] as const);
    if (format === "json") {
      write(`${escapeControls(JSON.stringify({ time, level, event, ...Object.fromEntries(entries) }))}\n`);
      return;
    }
    const details = entries.map(([name, value]) => {
      const isPlain = typeof value !== "string" || /^[\w./:@+-]+$/.test(value);
      return `${name}=${isPlain ? String(value) : escapeControls(JSON.stringify(value))}`;
    });
    write(`${time.slice(11, 23)} ${level.padEnd(5)} ${[event, ...details].join(" ")}\n`);
  };
}
