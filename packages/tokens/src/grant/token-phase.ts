import type { AccessToken } from "./grant.ts";

/**
 * Where an access token is in its life.
 *
 * - `fresh`: used as it is.
 * - `window`: used, while a newer one is fetched beside the call.
 * - `must`: so near its end that another one is to be had first.
 */
export type TokenPhase = "fresh" | "window" | "must" | "expired";

const WINDOW_FRACTION = 1 / 5;
const WINDOW_MAX_MS = 60_000;
const MUST_FRACTION = 1 / 10;
const MUST_MAX_MS = 5_000;

/** @param token `undefined`: there is none for this resource, which is as good as expired */
export function phaseOf(token: AccessToken | undefined, nowMs: number, windowRefresh: boolean): TokenPhase {
  if (token === undefined) return "expired";
  const lifeMs = Math.max(0, token.expiresAt - token.issuedAt);
  const leftMs = token.expiresAt - nowMs;
  if (leftMs <= 0) return "expired";
  if (leftMs <= Math.min(lifeMs * MUST_FRACTION, MUST_MAX_MS)) return "must";
  const windowMs = Math.min(lifeMs * WINDOW_FRACTION, WINDOW_MAX_MS);
  return windowRefresh && leftMs <= windowMs ? "window" : "fresh";
}

/** Worth handing out: it works, and isn't about to expire. */
export function isGood(token: AccessToken | undefined, nowMs: number): token is AccessToken {
  const phase = phaseOf(token, nowMs, false);
  return phase === "fresh";
}
