/** How long an access token lives, learnt from what the page has seen; both in milliseconds. */
export type TokenLife = { expiresAt: number; totalMs: number };

/**
 * Learns a token's whole life from the views that pass by.
 *
 * A view tells when the token expires, not when it began. The first one seen may be half spent; every later one is seen as
 * it begins. So the longest remaining time seen so far is the best guess, and a bar never shows more than full.
 */
export function learnTokenLife(before: TokenLife | undefined, expiresAt: number, nowMs: number): TokenLife {
  if (before?.expiresAt === expiresAt) return before;
  return { expiresAt, totalMs: Math.max(before?.totalMs ?? 0, expiresAt - nowMs) };
}

/** The share of a token's life that is left, 0 to 1. */
export function lifeLeft(life: TokenLife, nowMs: number): number {
  if (life.totalMs <= 0) return 0;
  return Math.min(1, Math.max(0, (life.expiresAt - nowMs) / life.totalMs));
}

/** Whether a call would renew the token on the way or beside it: the last fifth of its life, at most a minute. */
export function isInRenewalWindow(life: TokenLife, nowMs: number): boolean {
  return life.expiresAt - nowMs <= Math.min(60_000, life.totalMs / 5);
}
