import type { Log, LogEvent } from "./log.ts";

/** Writes down an error that nobody expected: its class and where it was thrown, never its message, which may hold anything (S-135). */
export function logInternalError(
  log: Log,
  error: unknown,
  facts: { readonly during: string } & Pick<LogEvent, "requestId" | "session">,
): void {
  const isError = error instanceof Error;
  const where = isError
    ? error.stack
        ?.split("\n")
        .find((line) => line.trim().startsWith("at "))
        ?.trim()
    : undefined;
  log({
    level: "error",
    event: "internal_error",
    ...facts,
    kind: isError ? error.name : typeof error,
    where,
  });
}
