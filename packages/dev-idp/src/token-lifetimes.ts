/** How long access tokens live, for everybody and for single persons, in seconds. */
export interface TokenLifetimes {
  readonly secondsFor: (accountId: string | undefined) => number;
  /** `null` goes back to the default. Tokens already issued keep their end. @returns what was set before, `null`: nothing */
  set(seconds: number | null, accountId?: string): number | null;
  reset(): void;
}

export function createTokenLifetimes(defaultSeconds: number): TokenLifetimes {
  let everybody = defaultSeconds;
  const persons = new Map<string, number>();
  return {
    secondsFor: (accountId) => (accountId === undefined ? undefined : persons.get(accountId)) ?? everybody,
    set(seconds, accountId) {
      if (accountId === undefined) {
        const before = everybody === defaultSeconds ? null : everybody;
        everybody = seconds ?? defaultSeconds;
        return before;
      }
      const before = persons.get(accountId) ?? null;
      if (seconds === null) persons.delete(accountId);
      else persons.set(accountId, seconds);
      return before;
    },
    reset() {
      everybody = defaultSeconds;
      persons.clear();
    },
  };
}
