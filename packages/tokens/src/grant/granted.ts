import type { AccessToken, Grant } from "./grant.ts";

/** What a provider grants at a sign-in, or at a refresh. */
export interface Granted {
  readonly accessToken: AccessToken;
  /** Absent: the one that was sent stays in use. */
  readonly refreshToken?: string;
  /** When the refresh token's life ends, milliseconds since the epoch; `never`: it doesn't. Absent: the provider doesn't say. */
  readonly refreshExpiresAt?: number | "never";
}

/** The grant of generation 0. Its token is the provider's own: resources get theirs by refreshing. */
export function firstGrant({ accessToken, refreshToken, refreshExpiresAt }: Granted): Grant {
  if (refreshToken === undefined) return { generation: 0, accessTokens: { "": accessToken } };
  const limit = refreshExpiresAt === "never" ? undefined : refreshExpiresAt;
  return {
    refreshToken,
    generation: 0,
    ...(limit === undefined ? {} : { refreshExpiresAt: limit }),
    accessTokens: { "": bounded(accessToken, limit) },
  };
}

/** The grant after a successful refresh: the tip's, plus the new token; no new refresh token keeps the old one. */
export function succeed(tip: Grant, resource: string, granted: Granted): Grant {
  const refreshToken = granted.refreshToken ?? tip.refreshToken;
  const limit = limitAfter(tip, granted);
  return {
    ...(refreshToken === undefined ? {} : { refreshToken }),
    generation: tip.generation + 1,
    ...(limit === undefined ? {} : { refreshExpiresAt: limit }),
    accessTokens: { ...tip.accessTokens, [resource]: bounded(granted.accessToken, limit) },
  };
}

/** What was said of a refresh token stays true of it, and says nothing of the next one. */
function limitAfter(tip: Grant, { refreshToken, refreshExpiresAt }: Granted): number | undefined {
  if (refreshExpiresAt === "never") return undefined;
  if (refreshExpiresAt !== undefined) return refreshExpiresAt;
  const isSame = refreshToken === undefined || refreshToken === tip.refreshToken;
  return isSame ? tip.refreshExpiresAt : undefined;
}

/**
 * An access token isn't used beyond its refresh token's life. Without this, a session in use whose access token lives longer
 * would not be refreshed in time, and end.
 */
function bounded(accessToken: AccessToken, limit: number | undefined): AccessToken {
  if (limit === undefined || accessToken.expiresAt <= limit) return accessToken;
  return { ...accessToken, expiresAt: limit };
}
