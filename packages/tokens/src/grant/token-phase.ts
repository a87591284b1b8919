import type { AccessToken } from "./grant.ts";

/** When a token's life is nearly over. Fractions are of its whole life. */
export interface PhasePolicy {
  /** Refresh ahead of need, beside the call, in the last part of a token's life. Off where a refresh revokes the token in use. */
  readonly windowRefresh: boolean;
  readonly windowFraction: number;
  readonly windowMaxSeconds: number;
  /** The very last part of a token's life, in which it isn't used any more if another can be had. */
  readonly mustFraction: number;
  readonly mustMaxSeconds: number;
}

/** Where an access token is in its life; `must`: so near its end that another one is to be had first. */
export type TokenPhase = "fresh" | "window" | "must" | "expired";

/** @param token `undefined`: there is none for this resource, which is as good as expired */
export function phaseOf(token: AccessToken | undefined, nowMs: number, policy: PhasePolicy): TokenPhase {
  if (token === undefined) return "expired";
  const lifeMs = Math.max(0, token.expiresAt - token.issuedAt);
  const leftMs = token.expiresAt - nowMs;
  if (leftMs <= 0) return "expired";
  if (leftMs <= Math.min(lifeMs * policy.mustFraction, policy.mustMaxSeconds * 1_000)) return "must";
  const windowMs = Math.min(lifeMs * policy.windowFraction, policy.windowMaxSeconds * 1_000);
  return policy.windowRefresh && leftMs <= windowMs ? "window" : "fresh";
}

/** Worth handing out: it works, and isn't about to expire. */
export function isGood(token: AccessToken | undefined, nowMs: number, policy: PhasePolicy): boolean {
  const phase = phaseOf(token, nowMs, policy);
  return phase === "fresh" || phase === "window";
}
