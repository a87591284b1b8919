import type { OAuthEvent } from "@coatcheck/oauth";
import type { Log, LogEvent } from "./log.ts";

const LEVELS = {
  metadata_fetched: "info",
  metadata_failed: "warn",
  metadata_endpoint_ignored: "warn",
  client_auth_not_listed: "warn",
  // Nobody can sign in or refresh until an operator changes something.
  client_refused: "error",
  client_key_unusable: "error",
  client_certificate_expiring: "warn",
  revocation_unsupported: "warn",
  end_session_unsupported: "warn",
  dpop_ignored: "warn",
  certificate_binding_ignored: "warn",
  push_failed: "warn",
  keys_fetched: "info",
  keys_failed: "warn",
  userinfo_left_out: "warn",
  emails_left_out: "warn",
  sign_in_unchecked: "info",
  scope_reduced: "warn",
  authorization_details_differ: "warn",
  id_token_left_out: "warn",
} as const satisfies Record<OAuthEvent["event"], LogEvent["level"]>;

/** Writes down what the provider's client reports by itself: what belongs to no request, or would be missed in one. */
export function logOAuthEvent(report: OAuthEvent, log: Log): void {
  const { event, ...facts } = report;
  // Waiting doesn't help, and there is no older metadata to go on with: nobody can sign in.
  const isBroken = report.event === "metadata_failed" && report.advice !== undefined && !report.usingStale;
  const entries = Object.entries(facts).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(" ") : value,
  ]);
  log({
    level: isBroken ? "error" : LEVELS[event],
    event: `oauth_${event}`,
    ...Object.fromEntries(entries),
  });
}
