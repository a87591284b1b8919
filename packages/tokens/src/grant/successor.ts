import type { Grant } from "./grant.ts";
import type { SuccessorCrypto, SuccessorLock } from "./successor-crypto.ts";

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
  const lock = lockOf(sid, spent);
  if (lock === undefined) throw new TypeError("a grant without refresh token has no successor");
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
  const lock = lockOf(sid, spent);
  const text = lock === undefined ? undefined : await crypto.open(lock, sealed);
  if (text === undefined) return undefined;
  // Sealed by us under a key that only this session has: authentic, so its shape needs no second check.
  const body = JSON.parse(text) as Omit<Grant, "generation">;
  return { ...body, generation: spent.generation + 1 };
}

function lockOf(sid: string, { refreshToken, generation }: Grant): SuccessorLock | undefined {
  return refreshToken === undefined ? undefined : { refreshToken, sid, generation, content: "seal" };
}
