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
  /** When the refresh token's life ends, as far as the provider said so: milliseconds since the epoch. The session ends then. */
  readonly refreshExpiresAt?: number;
  readonly accessTokens: Readonly<Record<string, AccessToken>>;
  /** There was no room for the access tokens here: the ledger keeps them, `accessTokens` is empty, and this is left of them. */
  readonly kept?: TokenInstants;
}

/** Of several access tokens: when the newest one was issued, and when the last one expires. */
export interface TokenInstants {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The refresh token's life is over. */
export function isPastLimit({ refreshExpiresAt }: Grant, nowMs: number): boolean {
  return refreshExpiresAt !== undefined && refreshExpiresAt <= nowMs;
}

/** @returns 0 for both where there is no access token */
export function tokenInstants({ accessTokens, kept }: Grant): TokenInstants {
  if (kept !== undefined) return kept;
  const instants = { issuedAt: 0, expiresAt: 0 };
  for (const { issuedAt, expiresAt } of Object.values(accessTokens)) {
    instants.issuedAt = Math.max(instants.issuedAt, issuedAt);
    instants.expiresAt = Math.max(instants.expiresAt, expiresAt);
  }
  return instants;
}
