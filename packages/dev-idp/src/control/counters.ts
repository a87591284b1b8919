/** What happened here since the start or the last reset. A request that a fault swallowed counts as arrived. */
export interface DevIdpCounters {
  readonly authorizations: number;
  /** Requests that arrived at the token endpoint. */
  readonly tokenCalls: number;
  readonly codeExchanges: number;
  /** Refresh requests that arrived, whatever became of them. */
  readonly refreshes: number;
  /** Refresh requests that the server processed and granted, even where a fault then swallowed the answer. */
  readonly refreshSuccesses: number;
  /** Refresh requests that were sent back for another DPoP nonce, with nothing done. @see RFC 9449 section 8 */
  readonly nonceChallenges: number;
  /** Refresh requests whose answer left here whole, whatever it said. */
  readonly refreshesAnswered: number;
  /** Refresh requests whose client was gone before their answer had left; the server goes on with them. */
  readonly refreshesCutOff: number;
  /** Spent refresh tokens presented again; each revokes its grant. */
  readonly reuseDetected: number;
  /** Grants revoked for any reason. */
  readonly grantsRevoked: number;
  /** Those revoked by reuse of a refresh token or code. */
  readonly grantsRevokedForReuse: number;
  readonly userinfoCalls: number;
  readonly introspectionCalls: number;
  readonly revocations: number;
  readonly faultsApplied: number;
}

export type CounterName = keyof DevIdpCounters;

export interface Counters {
  /** Counts globally, and for the person where one is known. */
  add(name: CounterName, accountId: string | undefined, by?: number): void;
  read(accountId?: string): DevIdpCounters;
  reset(): void;
}

function zero(): Record<CounterName, number> {
  return {
    authorizations: 0,
    tokenCalls: 0,
    codeExchanges: 0,
    refreshes: 0,
    refreshSuccesses: 0,
    nonceChallenges: 0,
    refreshesAnswered: 0,
    refreshesCutOff: 0,
    reuseDetected: 0,
    grantsRevoked: 0,
    grantsRevokedForReuse: 0,
    userinfoCalls: 0,
    introspectionCalls: 0,
    revocations: 0,
    faultsApplied: 0,
  };
}

export function createCounters(): Counters {
  let total = zero();
  const byAccount = new Map<string, Record<CounterName, number>>();
  return {
    add(name, accountId, by = 1) {
      total[name] += by;
      if (accountId === undefined) return;
      const own = byAccount.get(accountId) ?? zero();
      own[name] += by;
      byAccount.set(accountId, own);
    },
    read: (accountId) => ({ ...(accountId === undefined ? total : (byAccount.get(accountId) ?? zero())) }),
    reset() {
      total = zero();
      byAccount.clear();
    },
  };
}
