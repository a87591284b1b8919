import { tokenInstants, type AccessToken, type Grant } from "./grant.ts";
import type { SuccessorCrypto, SuccessorLock } from "./successor-crypto.ts";

/** A grant for a cookie that has no room for its access tokens. */
export function toKeptGrant(grant: Grant): Grant {
  return { ...grant, accessTokens: {}, kept: tokenInstants(grant) };
}

/** A grant with these access tokens in its hands again. */
export function withTokens(grant: Grant, accessTokens: Grant["accessTokens"]): Grant {
  const { kept: _, ...whole } = { ...grant, accessTokens };
  return whole;
}

/** Without a refresh token the session id, which is no less secret, takes its place. */
function lockOf(sid: string, { refreshToken = sid, generation }: Grant): SuccessorLock {
  return { refreshToken, sid, generation, content: "tokens" };
}

/** Seals a grant's access tokens: only who holds the grant can open them. */
export async function sealTokens(crypto: SuccessorCrypto, sid: string, grant: Grant): Promise<string> {
  return crypto.seal(lockOf(sid, grant), JSON.stringify(grant.accessTokens));
}

/** Opens a grant's access tokens; `undefined` when this grant can't. */
export async function openTokens(
  crypto: SuccessorCrypto,
  sid: string,
  grant: Grant,
  sealed: string,
): Promise<Record<string, AccessToken> | undefined> {
  const text = await crypto.open(lockOf(sid, grant), sealed);
  // Sealed by us under a key that only this grant has: authentic, so its shape needs no second check.
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, AccessToken>);
}
