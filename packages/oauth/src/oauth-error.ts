import type { ProviderConfigProblem } from "./setup/provider-config.ts";
import type { AuthorizationRefusal } from "./sign-in/authorization-error.ts";

/** - `config_invalid`: thrown by the factory, with every problem and its fix in `problems`.
 *  - `provider_unreachable`: no answer, or none that is one; try later.
 *  - `metadata_invalid`: the provider's metadata can't be used (other issuer, endpoint not https ...).
 *  - `login_not_accepted`: the provider refused the pushed authorization request (RFC 9126); `refusal` says why. */
export type OAuthErrorCode =
  | "config_invalid"
  | "provider_unreachable"
  | "metadata_invalid"
  | "login_not_accepted";

interface Details {
  readonly problems?: readonly ProviderConfigProblem[];
  readonly refusal?: AuthorizationRefusal;
}

/** Every failure that this package throws. Messages name what failed and never hold a secret or a provider's text. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly code: OAuthErrorCode;
  /** For `config_invalid`: everything that is wrong. */
  readonly problems: readonly ProviderConfigProblem[];
  /** For `login_not_accepted`: the error that the provider answered with. */
  readonly refusal: AuthorizationRefusal | undefined;

  constructor(code: OAuthErrorCode, message: string, { problems = [], refusal }: Details = {}) {
    super(message);
    this.code = code;
    this.problems = problems;
    this.refusal = refusal;
  }
}
