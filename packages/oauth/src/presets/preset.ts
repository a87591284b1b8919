import type { ClientAuthMethod, ProviderEndpoints } from "../setup/provider-endpoints.ts";
import type { ProviderConfigProblem } from "../setup/provider-config.ts";
import type { RefreshBehaviour } from "../setup/refresh-behaviour.ts";

/** Whether UserInfo is asked at sign-in; `when-needed`: where the ID token has no `name`. */
export type UserinfoAtSignIn = "when-needed" | "always" | "never";

/** What we know about one kind of authorization server. A value, without behaviour of its own beyond pure functions. */
export interface Preset {
  readonly name: "oidc" | "google" | "entra" | "cognito";
  /** Used where the configuration names none. */
  readonly issuer?: string;
  readonly clientAuth: ClientAuthMethod;
  /** Endpoints that metadata doesn't name; the configuration's own win. */
  readonly endpoints: ProviderEndpoints;
  readonly tokenValidation: "introspection" | "tokeninfo";
  /** Used where the configuration doesn't say. Default `when-needed`. */
  readonly userinfoAtSignIn?: UserinfoAtSignIn;
  readonly refreshBehaviour: RefreshBehaviour;
  /** Authorization parameters beyond the standard ones: what it takes to be given a refresh token here. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  /** When a sign-in asks for consent where the configuration says nothing about `prompt`. */
  readonly asksConsent: "always" | "for_offline_access" | "never";
  /** What `prompt=login` is called here, if not so. */
  readonly loginPrompt?: string;
  /** Parameters of signing out at the provider, where they aren't the standard ones; see `ProviderConfig`. */
  readonly endSessionParameters?: Readonly<Record<string, string>>;
  /** Ends the grant although it isn't `invalid_grant`. */
  readonly isTerminal: (status: number, body: string) => boolean;
  /** What contradicts what is known of the provider. */
  configProblems(config: {
    readonly issuer?: string;
    readonly dangerouslyAllowHttp?: "loopback";
    readonly scope: string;
    readonly resources: readonly string[];
  }): readonly ProviderConfigProblem[];
}
