import type { Grant } from "./grant.ts";
import type { SuccessorCrypto } from "./successor-crypto.ts";

/**
 * Seals the grant that follows a spent one: only who holds the spent refresh token can open it.
 *
 * @throws {TypeError} if `spent` has no refresh token, since then nothing can have been spent
 */
export async function sealSuccessor(
  crypto: SuccessorCrypto,
  sid: string,
  spent: Grant,
  successor: Grant,
): Promise<string> {
  if (spent.refreshToken === undefined) throw new TypeError("a grant without refresh token has no successor");
  const lock = {
    refreshToken: spent.refreshToken,
    sid,
    generation: spent.generation,
    content: "seal",
  } as const;
  const { refreshToken, refreshExpiresAt, accessTokens } = successor;
  return crypto.seal(lock, JSON.stringify({ refreshToken, refreshExpiresAt, accessTokens }));
}

/** Opens the grant that follows `spent`; `undefined` when this grant's refresh token can't. */
export async function openSuccessor(
  crypto: SuccessorCrypto,
  sid: string,
  spent: Grant,
  sealed: string,
): Promise<Grant | undefined> {
  if (spent.refreshToken === undefined) return undefined;
  const lock = {
    refreshToken: spent.refreshToken,
    sid,
    generation: spent.generation,
    content: "seal",
  } as const;
  const text = await crypto.open(lock, sealed);
  if (text === undefined) return undefined;
  // Sealed by us under a key that only this session has: authentic, so its shape needs no second check.
  const body = JSON.parse(text) as Omit<Grant, "generation">;
  return { ...body, generation: spent.generation + 1 };
}
