import type { AccessToken } from "../grant/grant.ts";

export interface RefreshRequest {
  readonly refreshToken: string;
  /** `""` is the provider's own token. */
  readonly resource: string;
  readonly iss: string;
  readonly sub: string;
  /** Seconds. */
  readonly authTime?: number;
  /**
   * To be asked when the connection stands, just before the request is written; `false`: send nothing, answer `unsent`.
   *
   * Without this, a leader that was paused while connecting would spend a token that another process has spent since.
   */
  readonly maySend: () => boolean;
}

/** Every way in which a token call can end, sorted by what it means for the session. */
export type RefreshAnswer =
  /** Absent refresh token: the one that was sent stays in use. */
  | { readonly kind: "success"; readonly accessToken: AccessToken; readonly refreshToken?: string }
  /** The grant is over. */
  | { readonly kind: "terminal"; readonly reason: string; readonly status?: number }
  /** Another 4xx, or an ID token that failed its checks: over only when it repeats. */
  | { readonly kind: "refused"; readonly reason: string; readonly status?: number }
  /** The provider did not process the request. */
  | {
      readonly kind: "unsent";
      readonly reason: string;
      readonly status?: number;
      readonly retryAfterSeconds?: number;
    }
  /** The provider may have rotated. */
  | { readonly kind: "ambiguous"; readonly reason: string; readonly status?: number };

/** Asks the provider for a new access token. A rejection counts as `ambiguous`. */
export type RefreshCall = (request: RefreshRequest) => Promise<RefreshAnswer>;

/** Revokes a refresh token that came for a session which had ended meanwhile. */
export type RevokeCall = (refreshToken: string) => Promise<void>;
