/**
 * What an error of the provider's authorization endpoint means for whoever signs in.
 *
 * - `declined`: the person said no.
 * - `not_allowed`: the provider doesn't let this person, or this application, in.
 * - `login_required`: the provider can't answer without asking the person, and was told not to, or couldn't.
 * - `step_up_failed`: the person can't be authenticated as strongly as was asked.
 * - `invalid_scope`: the provider doesn't grant a scope that was asked for: an operator's matter.
 * - `misconfigured`: this client, or what it asks, isn't as the provider wants it: an operator's matter.
 * - `unavailable`: the provider's trouble; another try may go better.
 * - `failed`: a code that nobody knows.
 */
export type AuthorizationErrorMeaning =
  | "declined"
  | "not_allowed"
  | "login_required"
  | "step_up_failed"
  | "invalid_scope"
  | "misconfigured"
  | "unavailable"
  | "failed";

const MEANINGS = {
  // RFC 6749 section 4.1.2.1
  access_denied: "declined",
  invalid_scope: "invalid_scope",
  invalid_request: "misconfigured",
  unauthorized_client: "misconfigured",
  unsupported_response_type: "misconfigured",
  server_error: "unavailable",
  temporarily_unavailable: "unavailable",
  // RFC 6749 section 5.2, of a pushed request (RFC 9126 section 2.3)
  invalid_client: "misconfigured",
  // RFC 9396 section 5
  invalid_authorization_details: "misconfigured",
  // RFC 9449 sections 5 and 8
  invalid_dpop_proof: "misconfigured",
  use_dpop_nonce: "unavailable",
  // OpenID Connect Core section 3.1.2.6
  account_selection_required: "login_required",
  consent_required: "login_required",
  interaction_required: "login_required",
  login_required: "login_required",
  invalid_request_object: "misconfigured",
  invalid_request_uri: "misconfigured",
  registration_not_supported: "misconfigured",
  request_not_supported: "misconfigured",
  request_uri_not_supported: "misconfigured",
  // OpenID Connect Core Error Code unmet_authentication_requirements; RFC 9470 section 3
  unmet_authentication_requirements: "step_up_failed",
  insufficient_user_authentication: "step_up_failed",
  // RFC 8707 section 2; Entra's word for it
  invalid_target: "misconfigured",
  invalid_resource: "misconfigured",
  // LinkedIn, Apple
  user_cancelled_authorize: "declined",
  user_cancelled_login: "declined",
  // Google
  admin_policy_enforced: "not_allowed",
  org_internal: "not_allowed",
  deleted_client: "misconfigured",
  disabled_client: "misconfigured",
  redirect_uri_mismatch: "misconfigured",
  // Auth0: the person is blocked
  unauthorized: "not_allowed",
} as const satisfies Record<string, AuthorizationErrorMeaning>;

/** One of a fixed set of codes: without this, a provider's text would reach pages and logs (S-025). */
export type AuthorizationErrorCode = keyof typeof MEANINGS | "unknown_error";

export interface AuthorizationError {
  readonly code: AuthorizationErrorCode;
  readonly meaning: AuthorizationErrorMeaning;
}

/** One that another try won't mend. */
export interface AuthorizationRefusal extends AuthorizationError {
  readonly meaning: Exclude<AuthorizationErrorMeaning, "unavailable">;
}

/** Reads the `error` of an authorization response, or of the answer to a pushed authorization request. */
export function readAuthorizationError(raw: unknown): AuthorizationError {
  if (typeof raw !== "string" || !Object.hasOwn(MEANINGS, raw))
    return { code: "unknown_error", meaning: "failed" };
  const code = raw as keyof typeof MEANINGS;
  return { code, meaning: MEANINGS[code] };
}
