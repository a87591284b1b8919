/**
 * - `no_base_url`: Playwright doesn't know where the app runs.
 * - `app_unreachable`: nothing answers there.
 * - `no_bff`: something answers there that isn't a Coatcheck BFF.
 * - `wrong_origin`: the app runs for another origin than `baseURL`.
 * - `provider_unreachable`: the app can't reach its provider.
 * - `not_dev_idp`: this needs the development provider, and the app has another one.
 * - `nobody_signed_in`: this is about the person who is signed in, and nobody is.
 * - `sign_in_failed`: the provider or the app refused the sign-in.
 * - `rate_limited`: more sign-ins than the app allows one address.
 * - `not_refreshable`: the session has no refresh token.
 * - `not_expired`: the session got new access tokens faster than they expired.
 * - `logout_refused`: the app didn't take a back-channel logout.
 */
export type CoatcheckTestErrorCode =
  | "no_base_url"
  | "app_unreachable"
  | "no_bff"
  | "wrong_origin"
  | "provider_unreachable"
  | "not_dev_idp"
  | "nobody_signed_in"
  | "sign_in_failed"
  | "rate_limited"
  | "not_refreshable"
  | "not_expired"
  | "logout_refused";

/** The one error of this package. Its message says what to change. */
export class CoatcheckTestError extends Error {
  readonly code: CoatcheckTestErrorCode;

  constructor(code: CoatcheckTestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CoatcheckTestError";
    this.code = code;
  }
}
