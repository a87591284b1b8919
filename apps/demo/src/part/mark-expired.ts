import type { Grant } from "@coatcheck/tokens";

/** A grant whose access tokens, or those of one resource, count as expired: the next call has to refresh. */
export function markExpired({ kept, ...grant }: Grant, resource: string | undefined, nowMs: number): Grant {
  // What the ledger keeps is left there: a session that shows no token has to refresh, too.
  if (kept !== undefined) return grant;
  const tokens = Object.entries(grant.accessTokens).map(([name, token]) => {
    const isMeant = resource === undefined || resource === name;
    return [
      name,
      isMeant ? { ...token, expiresAt: Math.min(token.expiresAt, nowMs - 1_000) } : token,
    ] as const;
  });
  return { ...grant, accessTokens: Object.fromEntries(tokens) };
}
