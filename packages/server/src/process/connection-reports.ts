import { describeError } from "./crash-watch.ts";
import type { WriteLog } from "./write-log.ts";

/** What is said of the connection to a shared ledger: one line an outage, one for each refusal in it, and one when it is over. */
export interface ConnectionReports {
  readonly lost: (error: unknown) => void;
  readonly back: () => void;
}

export function createConnectionReports(log: WriteLog): ConnectionReports {
  let isReported = false;
  const refusals = new Set<string>();
  return {
    lost(error) {
      const refusal = refusalIn(error);
      // It is tried again and again, by several connections perhaps.
      if (isReported && (refusal === undefined || refusals.has(refusal))) return;
      isReported = true;
      const code = refusal === undefined ? {} : { code: refusal };
      log({ level: "error", event: "ledger_connection_lost", ...describeError(error), ...code });
      if (refusal !== undefined) refusals.add(refusal);
    },
    back() {
      if (isReported) log({ level: "info", event: "ledger_connection_back" });
      isReported = false;
      refusals.clear();
    },
  };
}

/** Redis begins what it refuses with a code, which its clients leave in the message: `NOAUTH`, `WRONGPASS`, `NOPERM`. */
function refusalIn(error: unknown): string | undefined {
  return error instanceof Error ? /^[A-Z]{4,}(?= )/u.exec(error.message)?.[0] : undefined;
}
