import type { WriteLog } from "./write-log.ts";

/** The part of `process` that tells of errors nobody caught. */
interface CrashSource {
  on(event: "unhandledRejection" | "uncaughtException", listener: (error: unknown) => void): unknown;
}

/**
 * Logs errors that nobody caught. A rejection costs one request at most, so the process goes on; after an exception
 * nothing is certain any more, so `onCrash` ends it in order.
 *
 * Names of error classes and places in the code only: a message may hold anything (S-135).
 */
export function watchCrashes(source: CrashSource, log: WriteLog, onCrash: () => void): void {
  source.on("unhandledRejection", (error) =>
    log({ level: "error", event: "unhandled_rejection", ...describeError(error) }),
  );
  source.on("uncaughtException", (error) => {
    log({ level: "error", event: "uncaught_exception", ...describeError(error) });
    onCrash();
  });
}

/** What may be logged of an error: its class, its code, and where it was made. */
export function describeError(error: unknown): {
  readonly kind: string;
  readonly code?: string;
  readonly where?: string;
} {
  if (!(error instanceof Error)) return { kind: typeof error };
  const code = (error as NodeJS.ErrnoException).code;
  const where = error.stack
    ?.split("\n")
    .find((line) => line.trim().startsWith("at "))
    ?.trim();
  return {
    kind: error.name,
    ...(typeof code === "string" ? { code } : {}),
    ...(where === undefined ? {} : { where }),
  };
}
