import QuickLRU from "quick-lru";
import { ALLOWED } from "./rate-limit.ts";
import type { RateLimit, RateRule, RateVerdict } from "./rate-limit.ts";

/** Buckets that are remembered; the ones used least lately are forgotten, which is as if they had filled up. */
const MAX_BUCKETS = 50_000;

/** A limit that answers at once, for this process alone. */
export interface MemoryRateLimit extends RateLimit {
  take(rule: RateRule, client: string, cost?: number): RateVerdict;
}

/**
 * Counts in this process's memory, which is bounded.
 *
 * A bucket is one number, the time at which it will be full again (the generic cell rate algorithm), so that an idle one
 * needs no timer to fill it.
 *
 * @param monotonicMs milliseconds from an arbitrary start
 */
export function createMemoryRateLimit(monotonicMs: () => number): MemoryRateLimit {
  const fullAt = new QuickLRU<string, number>({ maxSize: MAX_BUCKETS });
  return {
    take(rule, client, cost = 1) {
      const key = `${rule.name} ${client}`;
      const now = monotonicMs();
      const costMs = (cost * 1_000) / rule.perSecond;
      const burstMs = (rule.burst * 1_000) / rule.perSecond;
      const next = Math.max(fullAt.get(key) ?? now, now) + costMs;
      // A look asks whether one more would pass.
      const overMs = next + (cost === 0 ? 1_000 / rule.perSecond : 0) - now - burstMs;
      if (overMs > 0) return { kind: "refused", retryAfterSeconds: Math.max(1, Math.ceil(overMs / 1_000)) };
      if (cost > 0) fullAt.set(key, next);
      return ALLOWED;
    },
  };
}
