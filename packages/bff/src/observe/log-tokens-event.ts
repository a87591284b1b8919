import type { TokensEvent } from "@coatcheck/tokens";
import { logInternalError, logRevocationFailed } from "./log-lines.ts";
import type { Log } from "./log.ts";

/** Outcomes of a refresh that are no failure. */
const GOOD: ReadonlySet<string> = new Set(["led", "joined", "replayed", "window"]);

/** Writes down what the keeper of tokens reports; a refresh belongs to the process and so to no request. */
export function logTokensEvent(event: TokensEvent, log: Log): void {
  const { kind, ...facts } = event;
  switch (kind) {
    case "refresh": {
      // Wrong credentials of ours stop everybody's refreshes, and only the operator can mend them.
      const failed = event.outcome === "client" ? "error" : "warn";
      return log({ level: GOOD.has(event.outcome) ? "info" : failed, event: "refresh", ...facts });
    }
    case "revoke_failed":
      return logRevocationFailed(log, { session: event.session });
    case "ledger_down":
      return log({ level: "error", event: "ledger_down", ...facts });
    case "ledger_up":
      return log({ level: "info", event: "ledger_up", ...facts });
    case "record_unreadable":
      return log({ level: "error", event: "record_unreadable", ...facts });
    case "record_delayed":
      return log({ level: "warn", event: "record_delayed", ...facts });
    case "other_identity":
      return log({ level: "error", event: "other_identity", ...facts });
    case "late_success":
      return log({ level: "warn", event: "late_success", ...facts });
    case "breaker_opened":
      return log({ level: "warn", event: "breaker_opened", ...facts });
    case "breaker_closed":
      return log({ level: "info", event: "breaker_closed", ...facts });
    case "defect":
      return logInternalError(log, undefined, { during: "refresh", kind: event.reason });
    case "session_ended":
    case "stale_cookie":
      // Logged by whoever asked, with the request.
      return undefined;
  }
}
