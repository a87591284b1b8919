import type { PhasePolicy } from "../grant/token-phase.ts";
import { TokensError } from "../tokens-error.ts";

/** How a token keeper behaves. Fractions are of a token's whole life; every field has a default. */
export interface KeeperPolicy extends PhasePolicy {
  /** What a request waits for a refresh, at most. */
  readonly requestWaitMs: number;
  /** What a token call may take. */
  readonly tokenCallMs: number;
  /** Longer than a token call; renewed at every third of it. */
  readonly leaseMs: number;
  /** How long an expired lease must have been seen, without a gap, on a store that answers. */
  readonly takeOverAfterSeenExpiredMs: number;
  /** How long after a generation was handed out nobody can still be without it. */
  readonly settleAfterMs: number;
  /** How long an old cookie is still helped to its successor. */
  readonly staleCookieSeconds: number;
  /** From the arrival of a request to its response's headers, at most. */
  readonly longestRequestMs: number;
  /** The session's idle timeout: how long a cookie opens. */
  readonly idleTimeoutSeconds: number;
  /** The longest life of any session: how long a tombstone is kept (plus 5 minutes). */
  readonly absoluteTimeoutSeconds: number;
  readonly onStaleCookie: "refuse" | "end";
  /** `refresh-locally`: refresh without the ledger while it is down. Safe with one process only. */
  readonly ledgerDown: "unavailable" | "refresh-locally";
  /** What a request waits for the ledger when it can't do without. */
  readonly ledgerWaitMs: number;
  /** What it waits when it can. */
  readonly ledgerBriefMs: number;
  /** The provider accepts a spent refresh token once more for this long; 0: never. */
  readonly reuseGraceSeconds: number;
  /** Between two tries to record an outcome. */
  readonly recordRetryMs: number;
  /** Between the two looks into the ledger before a session is given up. */
  readonly terminalRereadMs: number;
  /** A refused refresh (4xx other than `invalid_grant`) is final after this many tries over this time, if others can refresh ... */
  readonly refusedTries: number;
  readonly refusedOverMs: number;
  /** ... or, after as many tries, over this time, if not. */
  readonly refusedAloneMs: number;
  /** Back-off of a session after a failed try: doubling, with jitter of half. */
  readonly backOffFirstMs: number;
  readonly backOffMaxMs: number;
  /** A provider's `Retry-After` is honoured up to here. */
  readonly retryAfterMaxSeconds: number;
  /** What a request waits for a back-off or for its turn to probe, before its one try. */
  readonly backOffWaitMs: number;
  /** While the provider fails, one call in this time goes through. */
  readonly probeEveryMs: number;
  /** An API's `invalid_token`: tokens younger than this are not refreshed ... */
  readonly refusedTokenMinAgeMs: number;
  /** ... nor any, more often than this for a session and resource. */
  readonly refusedTokenEveryMs: number;
}

export const DEFAULT_KEEPER_POLICY: KeeperPolicy = {
  windowRefresh: true,
  windowFraction: 1 / 5,
  windowMaxSeconds: 60,
  mustFraction: 1 / 10,
  mustMaxSeconds: 5,
  requestWaitMs: 10_000,
  tokenCallMs: 30_000,
  leaseMs: 45_000,
  takeOverAfterSeenExpiredMs: 5_000,
  settleAfterMs: 120_000,
  staleCookieSeconds: 600,
  longestRequestMs: 300_000,
  idleTimeoutSeconds: 1_800,
  absoluteTimeoutSeconds: 43_200,
  onStaleCookie: "refuse",
  ledgerDown: "unavailable",
  ledgerWaitMs: 5_000,
  ledgerBriefMs: 1_000,
  reuseGraceSeconds: 0,
  recordRetryMs: 500,
  terminalRereadMs: 1_000,
  refusedTries: 3,
  refusedOverMs: 60_000,
  refusedAloneMs: 600_000,
  backOffFirstMs: 1_000,
  backOffMaxMs: 2_000,
  retryAfterMaxSeconds: 60,
  backOffWaitMs: 2_500,
  probeEveryMs: 1_000,
  refusedTokenMinAgeMs: 10_000,
  refusedTokenEveryMs: 60_000,
};

/**
 * Completes a policy with the defaults.
 *
 * @throws {TokensError} `policy_invalid` for a value that isn't a number of 0 or more, or a lease no longer than a token call
 */
export function toKeeperPolicy(partial: Partial<KeeperPolicy> = {}): KeeperPolicy {
  const policy = { ...DEFAULT_KEEPER_POLICY, ...partial };
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value === "number" && !(Number.isFinite(value) && value >= 0)) {
      throw new TokensError("policy_invalid", `${name} must be a number of 0 or more`);
    }
  }
  if (policy.leaseMs <= policy.tokenCallMs) {
    throw new TokensError("policy_invalid", "leaseMs must be greater than tokenCallMs");
  }
  if (policy.windowFraction > 1 || policy.mustFraction > 1) {
    throw new TokensError("policy_invalid", "windowFraction and mustFraction must be at most 1");
  }
  return policy;
}
