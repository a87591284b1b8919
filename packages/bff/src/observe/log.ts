/** What happened, in a word that stays the same; each is emitted in one place. */
export type LogEventName =
  | "sign_in_started"
  | "sign_in"
  | "sign_in_failed"
  | "sign_out"
  | "session_ended"
  | "session_too_large"
  | "refresh"
  | "stale_cookie"
  | "guard_refused"
  | "host_refused"
  | "proxy_refused"
  | "proxy_failed"
  | "backchannel_logout"
  | "backchannel_logout_refused"
  | "no_refresh_token"
  | "revocation_failed"
  | "ledger_unavailable"
  | "ledger_down"
  | "ledger_up"
  | "refresh_unavailable"
  | "resource_unavailable"
  | "record_unreadable"
  | "other_identity"
  | "late_success"
  | "record_delayed"
  | "breaker_opened"
  | "breaker_closed"
  | "provider_unavailable"
  | "provider_refused"
  | "csp_report"
  | "rate_limited"
  | "client_address_unknown"
  | "internal_error";

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

const MAX_FIELD_CHARACTERS = 300;

/** Wraps a log so that no text of somebody else can forge or break a line, whoever forgets (S-137). */
export function createCleanLog(log: Log): Log {
  return (event) => {
    const clean = Object.entries(event)
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
