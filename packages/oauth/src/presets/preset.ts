import type { BeginLoginRequest } from "../sign-in/begin-login-request.ts";
import type { ClientAuthMethod, ProviderEndpoints } from "../setup/provider-endpoints.ts";
import type { RefreshBehaviour } from "../setup/refresh-behaviour.ts";

/** What we know about one kind of authorization server. A value, without behaviour of its own beyond pure functions. */
export interface Preset {
  readonly name: "oidc" | "google";
  /** Used where the configuration names none. */
  readonly issuer?: string;
  readonly clientAuth: ClientAuthMethod;
  /** Endpoints that metadata doesn't name; the configuration's own win. */
  readonly endpoints: ProviderEndpoints;
  readonly tokenValidation: "introspection" | "tokeninfo";
  readonly refreshBehaviour: RefreshBehaviour;
  /** Authorization parameters beyond the standard ones: what it takes to be given a refresh token here. */
  authorizationParameters(
    request: BeginLoginRequest,
    scope: readonly string[],
  ): Readonly<Record<string, string>>;
  /** Ends the grant although it isn't `invalid_grant`. */
  readonly isTerminal: (status: number, body: string) => boolean;
  /** Each a sentence with its fix. */
  configProblems(config: {
    readonly scope: string;
    readonly resources: readonly string[];
  }): readonly string[];
}
