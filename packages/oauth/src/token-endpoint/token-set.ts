import type { ProviderSettings } from "../setup/provider-config.ts";
import type { TokenResponseMembers } from "./token-response.ts";

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
  /**
   * When the refresh token's life ends, milliseconds since the epoch, counted from `issuedAt`; `never`: the provider says that
   * it doesn't. Absent where the provider doesn't say.
   */
  readonly refreshExpiresAt?: number | "never";
  /** Space separated, as granted; as asked for at sign-in where the provider doesn't say. */
  readonly scope: string;
  /** The raw ID token, kept for the provider's logout only. */
  readonly idToken?: string;
}

/** Longer than any session: a token that doesn't expire. */
const ENDLESS_SECONDS = 10 * 366 * 86_400;

/**
 * @param sentAtMs when the token request was sent: the provider may have counted from there.
 * @param requestedScope granted where the answer doesn't say
 */
export function toTokenSet(
  members: TokenResponseMembers,
  sentAtMs: number,
  requestedScope: string,
  { accessTokenSeconds, preset }: Pick<ProviderSettings, "accessTokenSeconds" | "preset">,
): TokenSet {
  const silentSeconds = accessTokenSeconds === "never" ? ENDLESS_SECONDS : accessTokenSeconds;
  const lifetimeMs = Math.floor((members.expires_in ?? silentSeconds) * 1_000);
  const refreshSeconds = members.refresh_expires_in;
  return {
    accessToken: members.access_token,
    ...(members.refresh_token === undefined ? {} : { refreshToken: members.refresh_token }),
    issuedAt: sentAtMs,
    expiresAt: sentAtMs + lifetimeMs,
    ...(refreshSeconds === undefined
      ? {}
      : { refreshExpiresAt: refreshSeconds === 0 ? "never" : sentAtMs + Math.floor(refreshSeconds * 1_000) }),
    scope: members.scope?.replaceAll(preset.scopeSeparator, " ") ?? requestedScope,
    ...(members.id_token === undefined ? {} : { idToken: members.id_token }),
  };
}
