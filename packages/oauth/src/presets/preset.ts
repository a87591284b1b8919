import type { JsonObject } from "../call/json-object.ts";
import type { ClientAuthMethod, ProviderEndpoints } from "../setup/provider-endpoints.ts";
import type { ProviderConfig, ProviderConfigProblem } from "../setup/provider-config.ts";
import type { RefreshBehaviour } from "../setup/refresh-behaviour.ts";

/** Whether UserInfo is asked at sign-in; `when-needed`: where the ID token has no `name`. */
export type UserinfoAtSignIn = "when-needed" | "always" | "never";

/** What we know about one kind of authorization server. A value, without behaviour of its own beyond pure functions. */
export interface Preset {
  readonly name: string;
  /** Used where the configuration names none. */
  readonly issuer?: string;
  /** Used where the configuration names none; space separated. */
  readonly scope: string;
  /** `openid`: must be among them; `any`: plain OAuth, which knows no `openid` and may need none; `none`: there must be none. */
  readonly scopes: "openid" | "any" | "none";
  readonly clientAuth: ClientAuthMethod;
  /** Endpoints that metadata doesn't name; the configuration's own win. */
  endpoints(client: { readonly issuer: string; readonly clientId: string }): ProviderEndpoints;
  /** `false`: it has no metadata, and the endpoints above are all. */
  readonly hasMetadata: boolean;
  /**
   * Present: plain OAuth 2.0. There is no ID token; who has signed in is read off the profile that the access token opens. By claim
   * the places where it may stand (`profile-claims.ts`); the configuration's own win.
   */
  readonly profileClaims?: Readonly<Record<string, string>>;
  /** - `introspection`: a JWT by its signature, anything else by RFC 7662.
   *  - `tokeninfo`: Google's.
   *  - `json`: the token in JSON to the tokeninfo endpoint, with the client's id and secret as user and password. */
  readonly tokenValidation: "introspection" | "tokeninfo" | "json";
  /** Whether the secret isn't given but made, signed by the client's key for each call; see `apple`. */
  readonly signsSecret: boolean;
  /** `false`: its ID tokens have no nonce. */
  readonly hasNonce: boolean;
  /** Used where the configuration doesn't say; `never`: it refuses PKCE, or nothing says that it knows it. */
  readonly pkce: "S256" | "never";
  /** `false`: a sign-in with `prompt` is refused. */
  readonly hasPrompt: boolean;
  /** How tokens are revoked. `form`: RFC 7009. `json`: access tokens only, by `DELETE`, sent as `tokenValidation` says. */
  readonly revocation: "form" | "json";
  /** What stands between the scopes of a token answer. */
  readonly scopeSeparator: " " | ",";
  /** How long an access token lives where the provider doesn't say; `never`: it doesn't expire. */
  readonly accessTokenSeconds: number | "never";
  /** Used where the configuration doesn't say. Default `when-needed`. */
  readonly userinfoAtSignIn?: UserinfoAtSignIn;
  readonly refreshBehaviour: RefreshBehaviour;
  /** Authorization parameters beyond the standard ones: what it takes to be given a refresh token here. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  /** When a sign-in asks for consent where the configuration says nothing about `prompt`. */
  readonly asksConsent: "always" | "for_offline_access" | "never";
  /** What `prompt=login` is called here, if not so. */
  readonly loginPrompt?: string;
  /** Where the issuer stands for many tenants: what the metadata calls it, and what a tenant's tokens do. */
  manyTenants?(
    issuer: string,
  ): { readonly metadataIssuer: string; readonly issuerOf: (tenant: string) => string } | undefined;
  /** Whether an ID token is of the organization that configuration asks for; absent: there are none. */
  isOfOrganization?(claims: JsonObject, organization: string): boolean;
  /** Parameters of signing out at the provider, where they aren't the standard ones; see `ProviderConfig`. */
  readonly endSessionParameters?: Readonly<Record<string, string>>;
  /** Ends the grant although it isn't `invalid_grant`. */
  readonly isTerminal: (status: number, body: string) => boolean;
  /** What contradicts what is known of the provider. */
  configProblems(config: ProviderConfig): readonly ProviderConfigProblem[];
}
