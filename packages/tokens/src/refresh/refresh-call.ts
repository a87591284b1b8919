import type { Granted } from "../grant/granted.ts";

export interface RefreshRequest {
  readonly refreshToken: string;
  /** `""` is the provider's own token. */
  readonly resource: string;
  readonly iss: string;
  readonly sub: string;
  /** Seconds. */
  readonly authTime?: number;
  /** What the session's tokens are bound to, if anything. @see RFC 9449 */
  readonly dpopKey?: string;
  /**
   * To be asked when the connection stands, just before the request is written; `false`: send nothing, answer `unsent`.
   *
   * From `true` on, the call has to settle within `tokenTimeoutMs`. Without this, a leader that was paused while connecting
   * would spend a token that another process has spent since.
   */
  readonly maySend: () => boolean;
}

interface Reason {
  /** For logs: a word, never a text of the provider's. */
  readonly reason: string;
  readonly status?: number;
}

/** Every way in which a token call can end. What each means for the session stands in `outcome-table.ts`. */
export type RefreshAnswer =
  /** A 2xx with an access token, whatever else is in it. */
  | ({ readonly kind: "success" } & Granted)
  /** A success whose verified ID token names another `iss`, `sub` or `aud`. @see OpenID Connect Core section 12.2 */
  | { readonly kind: "other_identity"; readonly reason: string; readonly refreshToken?: string }
  /** The grant is over: `invalid_grant` however wrapped, or the person is needed (`login_required`, ...). */
  | ({ readonly kind: "terminal" } & Reason)
  /** Another complete 4xx, or a 2xx that names an error and holds no access token. */
  | ({ readonly kind: "refused" } & Reason)
  /** The provider refused our own credentials. */
  | ({ readonly kind: "client" } & Reason)
  /** The provider did not process the request. */
  | ({ readonly kind: "unsent"; readonly retryAfterSeconds?: number } & Reason)
  /** The provider may have rotated: time-out, reset, other 5xx. */
  | ({ readonly kind: "ambiguous" } & Reason)
  /** The same, by a 2xx that was read to its end and makes no sense. */
  | ({ readonly kind: "unreadable" } & Reason);

/** Asks the provider for a new access token. A rejection counts as `ambiguous`. */
export type RefreshCall = (request: RefreshRequest) => Promise<RefreshAnswer>;

/** Revokes a refresh token that came for a session which had ended meanwhile. */
export type RevokeCall = (refreshToken: string) => Promise<void>;
