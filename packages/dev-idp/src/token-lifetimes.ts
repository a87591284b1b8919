/** How long access tokens live, for everybody and for single persons, in seconds. */
export interface TokenLifetimes {
  readonly secondsFor: (accountId: string | undefined) => number;
  /** `null` goes back to the default. Tokens already issued keep their end. */
  set(seconds: number | null, accountId?: string): void;
  reset(): void;
}

export function createTokenLifetimes(defaultSeconds: number): TokenLifetimes {
  let everybody = defaultSeconds;
  const persons = new Map<string, number>();
  return {
    secondsFor: (accountId) => (accountId === undefined ? undefined : persons.get(accountId)) ?? everybody,
    set(seconds, accountId) {
      if (accountId === undefined) everybody = seconds ?? defaultSeconds;
      else if (seconds === null) persons.delete(accountId);
      else persons.set(accountId, seconds);
    },
    reset() {
      everybody = defaultSeconds;
      persons.clear();
    },
  };
}
