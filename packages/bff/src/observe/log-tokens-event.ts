import type { TokensEvent } from "@coatcheck/tokens";
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
      return log({ level: "warn", event: "revocation_failed", ...facts });
    case "ledger_down":
    case "record_unreadable":
    case "other_identity":
      return log({ level: "error", event: kind, ...facts });
    case "late_success":
    case "record_delayed":
    case "breaker_opened":
      return log({ level: "warn", event: kind, ...facts });
    case "ledger_up":
    case "breaker_closed":
      return log({ level: "info", event: kind, ...facts });
    case "defect":
      return log({ level: "error", event: "internal_error", during: "refresh", kind: event.reason });
    case "session_ended":
    case "stale_cookie":
      // Logged by whoever asked, with the request.
      return undefined;
  }
}
