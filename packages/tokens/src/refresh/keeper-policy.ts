import { TokensError } from "../tokens-error.ts";

/** How a token keeper behaves; every field has a default. What isn't here nobody needs to set. */
export interface KeeperPolicy {
  /** Refresh ahead of need, beside the call, in the last part of a token's life. Default yes; off where a refresh revokes the token in use. */
  readonly windowRefresh: boolean;
  /** What one token call may take, milliseconds: the same value that the caller of the provider gets. Default 30,000. */
  readonly tokenTimeoutMs: number;
  /** The provider accepts a spent refresh token once more for this long. Default 0: never. */
  readonly reuseGraceSeconds: number;
  /** How long an old cookie is still helped to its successor, counted from when nobody can need it any more. Default 600. */
  readonly staleCookieSeconds: number;
  /** What becomes of the session whose spent generation is shown after that time. Default `refuse`. */
  readonly onStaleCookie: "refuse" | "end";
  /** The session's idle timeout: how long a cookie opens. Default 1,800. */
  readonly idleTimeoutSeconds: number;
  /** The longest life of any session: how long a tombstone is kept (plus 5 minutes). Default 43,200. */
  readonly absoluteTimeoutSeconds: number;
  /** `refresh-locally`: refresh without the ledger while it is down. Safe with one process only. Default `unavailable`. */
  readonly ledgerDown: "refuse" | "refresh-locally";
}

const DEFAULTS: KeeperPolicy = {
  windowRefresh: true,
  tokenTimeoutMs: 30_000,
  reuseGraceSeconds: 0,
  staleCookieSeconds: 600,
  onStaleCookie: "refuse",
  idleTimeoutSeconds: 1_800,
  absoluteTimeoutSeconds: 43_200,
  ledgerDown: "refuse",
};

/**
 * Completes a policy with the defaults.
 *
 * @throws {TokensError} `policy_invalid` for a number that isn't finite and at least 0
 */
export function toKeeperPolicy(partial: Partial<KeeperPolicy> = {}): KeeperPolicy {
  const policy = { ...DEFAULTS, ...partial };
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value === "number" && !(Number.isFinite(value) && value >= 0)) {
      throw new TokensError("policy_invalid", `${name} must be a number of 0 or more`);
    }
  }
  return policy;
}
