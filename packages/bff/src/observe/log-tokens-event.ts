import type { TokensEvent } from "@coatcheck/tokens";
import type { Log } from "./log.ts";

/** Writes down what the keeper of tokens reports; a refresh belongs to the process and so to no request. */
export function logTokensEvent(event: TokensEvent, log: Log): void {
  const { kind, ...facts } = event;
  switch (kind) {
    case "refresh": {
      const isFailure =
        event.outcome === "unsent" || event.outcome === "ambiguous" || event.outcome === "terminal";
      return log({ level: isFailure ? "warn" : "info", event: "refresh", ...facts });
    }
    case "revoke_failed":
      return log({ level: "warn", event: "revocation_failed", ...facts });
    case "ledger_down":
      return log({ level: "error", event: "ledger_down", ...facts });
    case "late_success":
    case "record_delayed":
    case "breaker_opened":
      return log({ level: "warn", event: kind, ...facts });
    case "ledger_up":
    case "breaker_closed":
      return log({ level: "info", event: kind, ...facts });
    case "session_ended":
    case "stale_cookie":
    case "ledger_size":
      // Logged by whoever asked, with the request; the size is for metrics.
      return undefined;
  }
}
