import type { TokenFacts, Profile } from "@coatcheck/contract";
import type { RefreshOutcome } from "./refresh-outcome.ts";
import type { TokenSet } from "./token-set.ts";

/** Claims of a verified ID token. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch, by the provider's clock. */
  readonly iat: number;
  readonly sid?: string;
  readonly auth_time?: number;
  readonly acr?: string;
  readonly [claim: string]: unknown;
}

/** Everything the callback needs, sealed into the transaction cookie (S-006). JSON only. */
export interface LoginTransaction {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly iss: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly resources: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  readonly acrValues?: string;
}

export interface BeginLoginRequest {
  readonly prompt?: "login" | "none" | "consent" | "select_account";
  /** Seconds. */
  readonly maxAge?: number;
  readonly acrValues?: string;
  readonly loginHint?: string;
}

export type LoginOutcome =
  | { readonly kind: "signed_in"; readonly tokens: TokenSet; readonly claims: IdTokenClaims }
  /** The person said no, or the provider could not sign them in (`access_denied`, `login_required` ...). */
  | { readonly kind: "declined"; readonly error: string }
  /** The response or the ID token failed a check; nothing of it was used. `reason` is for logs. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface RefreshGrantRequest {
  readonly refreshToken: string;
  /** `""` is the provider's own token; anything else is sent as `resource` (RFC 8707). */
  readonly resource: string;
  /** A refreshed ID token must keep these (S-091). */
  readonly iss: string;
  readonly sub: string;
  readonly authTime?: number;
  /**
   * Asked when the connection stands, just before the request is written; `false` sends nothing and yields `unsent`.
   * Without this, a leader that was paused while connecting would spend a token that its successor has spent.
   */
  readonly maySend?: () => boolean;
}

export type UserinfoOutcome =
  | { readonly kind: "profile"; readonly profile: Profile }
  /** 401 `invalid_token`. */
  | { readonly kind: "token_refused" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export type ValidateOutcome =
  | { readonly kind: "facts"; readonly facts: Omit<TokenFacts, "resource"> }
  | { readonly kind: "unsupported"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export type RevokeOutcome =
  | { readonly kind: "revoked" }
  | { readonly kind: "unsupported" }
  | { readonly kind: "unavailable"; readonly reason: string };

/** One authorization server, with one client registered at it. Discovery is lazy, cached, shared by concurrent callers. */
export interface Provider {
  readonly issuer: string;
  readonly clientId: string;
  /** What the preset knows about refreshing here. */
  readonly refreshBehaviour: {
    /** The provider accepts a spent refresh token once more for this long; `0`: never (the default). */
    readonly reuseGraceSeconds: number;
    /** Refreshing revokes the access token in use, so nothing is refreshed ahead of need. */
    readonly refreshRevokesAccessToken: boolean;
    /** Why no refresh token came, and what to change; logged when a sign-in yields none. */
    readonly missingRefreshTokenAdvice: string;
  };
  /** Fetches the metadata. @throws {OAuthError} `provider_unreachable` or `metadata_invalid`; known metadata never throws. */
  discover(): Promise<void>;
  /** Without contacting anyone: is the metadata known? */
  isDiscovered(): boolean;
  /** @throws {OAuthError} `provider_unreachable` or `metadata_invalid` */
  beginLogin(request?: BeginLoginRequest): Promise<{ readonly url: string; readonly transaction: LoginTransaction }>;
  /** @param rawQuery the callback's query string, exactly as received. Never throws for what a provider answers. */
  finishLogin(rawQuery: string, transaction: LoginTransaction): Promise<LoginOutcome>;
  refreshGrant(request: RefreshGrantRequest): Promise<RefreshOutcome>;
  userinfo(request: { readonly accessToken: string; readonly sub: string }): Promise<UserinfoOutcome>;
  validate(request: { readonly accessToken: string; readonly resource: string }): Promise<ValidateOutcome>;
  /** Revokes a refresh token. @see RFC 7009 */
  revoke(refreshToken: string): Promise<RevokeOutcome>;
  /** `undefined` where the provider offers none. @see OpenID Connect RP-Initiated Logout section 2 */
  endSessionUrl(request: { readonly idTokenHint?: string; readonly state: string }): Promise<string | undefined>;
}
