/** What a preset knows about refreshing at its kind of provider. */
export interface RefreshBehaviour {
  /** The provider accepts a spent refresh token once more for this long; `0`: never (the default). */
  readonly reuseGraceSeconds: number;
  /** Refreshing revokes the access token in use, so nothing is refreshed ahead of need. */
  readonly refreshRevokesAccessToken: boolean;
  /** Why no refresh token came, and what to change; logged when a sign-in yields none. */
  readonly missingRefreshTokenAdvice: string;
}
