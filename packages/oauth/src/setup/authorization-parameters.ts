/** What a sign-in depends on: set by us alone, whatever configuration, a link or an endpoint's own query says. */
export const AUTHORIZATION_PARAMETERS = [
  "acr_values",
  "authorization_details",
  "client_assertion",
  "client_assertion_type",
  "client_id",
  "client_secret",
  "code_challenge",
  "code_challenge_method",
  "dpop_jkt",
  "id_token_hint",
  "max_age",
  "nonce",
  "prompt",
  "redirect_uri",
  "registration",
  "request",
  "request_uri",
  "resource",
  "response_mode",
  "response_type",
  "scope",
  "state",
] as const;

const RESERVED: ReadonlySet<string> = new Set(AUTHORIZATION_PARAMETERS);

/** Whether a parameter of the authorization request is ours to set. @see RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1 */
function isReservedParameter(name: string): boolean {
  return RESERVED.has(name) || !/^[A-Za-z][\w.-]{0,63}$/.test(name);
}

/** Checks names of parameters that configuration adds to the authorization request. */
export function authorizationParameterProblems(
  field: string,
  names: readonly string[],
): readonly { readonly field: string; readonly fix: string }[] {
  return names.filter(isReservedParameter).map((name) => ({
    field,
    fix: `remove ${name}: what a sign-in depends on has a setting of its own, or is ours.`,
  }));
}
