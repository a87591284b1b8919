import type { SignedInView } from "@coatcheck/client";

/** How long an access token lives, learnt from what the page has seen; both in milliseconds. */
export type TokenLife = { expiresAt: number; totalMs: number };

/**
 * Learns a token's whole life from the views that pass by.
 *
 * A view tells when the token expires, not when it began. The first one seen may be half spent; every later one is seen as
 * it begins. So the longest remaining time seen so far is the best guess, and a bar never shows more than full.
 */
export function learnTokenLife(
  before: TokenLife | undefined,
  { accessTokenExpiresAt: expiresAt, now }: Pick<SignedInView, "accessTokenExpiresAt" | "now">,
): TokenLife {
  if (before?.expiresAt === expiresAt) return before;
  return { expiresAt, totalMs: Math.max(before?.totalMs ?? 0, expiresAt - now) };
}

/** What is left of a token's life, in milliseconds: never below zero, and never more than its whole life. */
export function remainingLife({ expiresAt, totalMs }: TokenLife, nowMs: number): number {
  return Math.max(0, Math.min(totalMs, expiresAt - nowMs));
}

/** The share of a token's life that is left, 0 to 1. */
export function lifeLeft(life: TokenLife, nowMs: number): number {
  return life.totalMs <= 0 ? 0 : remainingLife(life, nowMs) / life.totalMs;
}

/** Whether a call would renew the token on the way or beside it: the last fifth of its life, at most a minute. */
export function isInRenewalWindow(life: TokenLife, nowMs: number): boolean {
  return life.expiresAt - nowMs <= Math.min(60_000, life.totalMs / 5);
}
