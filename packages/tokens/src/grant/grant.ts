/** One access token. Instants are milliseconds since the epoch; `expiresAt` counts from sending the request. */
export interface AccessToken {
  readonly token: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly scope: string;
}

/**
 * What a session may spend: one refresh token and the access tokens it yielded.
 *
 * `generation` is 0 at sign-in and raised by one at every successful refresh, also when the provider returned the
 * same refresh token or none. `accessTokens` is keyed by resource; `""` is the provider's own.
 */
export interface Grant {
  readonly refreshToken?: string;
  readonly generation: number;
  readonly accessTokens: Readonly<Record<string, AccessToken>>;
}
