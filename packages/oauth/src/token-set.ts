/**
 * What a provider's token endpoint answered, checked, in our own words.
 *
 * @see RFC 6749 section 5.1
 */
export interface TokenSet {
  readonly accessToken: string;
  /** Absent refresh token: keep the one that was spent (RFC 6749 section 6). */
  readonly refreshToken?: string;
  /** Milliseconds since the epoch. `expiresAt` counts from `issuedAt`, the moment the request was sent. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Space separated, as granted. */
  readonly scope: string;
  /** The raw ID token, kept for the provider's logout only. */
  readonly idToken?: string;
}
