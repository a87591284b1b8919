const KNOWN_CODES = [
  // RFC 6749 sections 4.1.2.1 and 5.2
  "access_denied",
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable",
  "unauthorized_client",
  "unsupported_grant_type",
  "unsupported_response_type",
  // OpenID Connect Core section 3.1.2.6
  "account_selection_required",
  "consent_required",
  "interaction_required",
  "invalid_request_object",
  "invalid_request_uri",
  "login_required",
  "registration_not_supported",
  "request_not_supported",
  "request_uri_not_supported",
  // RFC 6750 section 3.1, RFC 7009 section 2.2.1, RFC 8707 section 2, RFC 9449 section 7, RFC 9470 section 3
  "invalid_dpop_proof",
  "insufficient_scope",
  "insufficient_user_authentication",
  "invalid_target",
  "invalid_token",
  "unmet_authentication_requirements",
  "unsupported_token_type",
  "use_dpop_nonce",
  // Google
  "admin_policy_enforced",
  "deleted_client",
  "disabled_client",
  "org_internal",
  // GitHub
  "bad_refresh_token",
  "bad_verification_code",
  "incorrect_client_credentials",
  // Slack
  "bad_client_secret",
  "invalid_client_id",
] as const;

/** An error code that may stand in a log and on a page. */
export type ProtocolErrorCode = (typeof KNOWN_CODES)[number] | "unknown_error";

/** Maps a provider's error code to one of a fixed set; without this, a provider's text would reach pages and logs (S-025). */
export function knownErrorCode(raw: unknown): ProtocolErrorCode {
  return KNOWN_CODES.find((code) => code === raw) ?? "unknown_error";
}
