/** How the client proves who it is at the token endpoint. @see RFC 6749 section 2.3.1, OpenID Connect Core section 9, RFC 8705 section 2 */
export const CLIENT_AUTH_METHODS = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
  "tls_client_auth",
  "self_signed_tls_client_auth",
] as const;

export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

/** Endpoints given by hand win over the metadata's: that pins them. */
export interface ProviderEndpoints {
  readonly authorization?: string;
  /** @see RFC 9126 */
  readonly pushedRequests?: string;
  readonly token?: string;
  /** Where refresh tokens are spent, if not at `token`. */
  readonly refresh?: string;
  /** UserInfo; where there is no OpenID Connect, the person's profile. */
  readonly userinfo?: string;
  /** Plain OAuth: the list of the person's e-mail addresses, of which the primary one counts. */
  readonly emails?: string;
  readonly jwks?: string;
  readonly introspection?: string;
  readonly revocation?: string;
  readonly tokeninfo?: string;
  readonly endSession?: string;
}
