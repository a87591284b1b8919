import type { FailureHistory } from "../ledger/ledger.ts";
import type { KeeperPolicy } from "./policy.ts";

/**
 * How long a session waits after a failed try: doubling, with jitter over the upper half; a provider's wish is honoured.
 *
 * @param tries failed tries before this one
 * @param random 0 to 1
 */
export function backOffMs(
  tries: number,
  retryAfterSeconds: number | undefined,
  random: number,
  policy: KeeperPolicy,
): number {
  const full = Math.min(policy.backOffFirstMs * 2 ** Math.min(tries, 20), policy.backOffMaxMs);
  const asked = Math.min(retryAfterSeconds ?? 0, policy.retryAfterMaxSeconds) * 1_000;
  return Math.round(Math.max(full * (0.5 + random / 2), asked));
}

/**
 * Whether a refusal that says nothing about the grant (a 4xx other than `invalid_grant`) is final by now.
 *
 * A wrong secret or a provider's bad hour refuses everyone, and ends nobody; a session that alone is refused is over.
 *
 * @param history the tries before this one
 */
export function isRefusalFinal(
  history: FailureHistory,
  canOthersRefresh: boolean,
  policy: KeeperPolicy,
): boolean {
  if (history.refusals + 1 < policy.refusedTries) return false;
  if (history.refusedForMs >= policy.refusedAloneMs) return true;
  return canOthersRefresh && history.refusedForMs >= policy.refusedOverMs;
}
