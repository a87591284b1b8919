import { describeError } from "./crash-watch.ts";
import type { WriteLog } from "./write-log.ts";

/** What is said of the connection to a shared ledger: one line an outage, and one when it is over. */
export interface ConnectionReports {
  readonly lost: (error: unknown) => void;
  readonly back: () => void;
}

export function createConnectionReports(log: WriteLog): ConnectionReports {
  let isReported = false;
  return {
    lost(error) {
      // It is tried again and again, by several connections perhaps.
      if (!isReported) log({ level: "error", event: "ledger_connection_lost", ...describeError(error) });
      isReported = true;
    },
    back() {
      if (isReported) log({ level: "info", event: "ledger_connection_back" });
      isReported = false;
    },
  };
}
