/** How much one client may do: `burst` at once, and one more every `1 / perSecond` seconds. */
export interface RateRule {
  /** Stands in the keys, so that rules don't share a bucket. */
  readonly name: string;
  readonly burst: number;
  readonly perSecond: number;
}

export type RateVerdict =
  | { readonly kind: "allowed" }
  | { readonly kind: "refused"; readonly retryAfterSeconds: number };

/**
 * Counts what clients do, a token bucket for each.
 *
 * A limit shared by several processes may be asynchronous. It never rejects: where what it shares can't be reached, it
 * counts by itself.
 */
export interface RateLimit {
  /**
   * Takes `cost` from the bucket of a client, if that much is left; nothing is taken by a refusal.
   *
   * @param client an opaque name of at most 64 characters
   * @param cost default 1; 0 only looks
   */
  take(rule: RateRule, client: string, cost?: number): RateVerdict | Promise<RateVerdict>;
}

export const ALLOWED: RateVerdict = { kind: "allowed" };

/** Longer than any `Retry-After` that a rule can lead to, so that no bucket outlives its use. */
export function fillSeconds({ burst, perSecond }: RateRule): number {
  return Math.ceil(burst / perSecond);
}
