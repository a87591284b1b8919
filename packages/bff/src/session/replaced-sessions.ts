/** The end of a session that a newer one replaces, on its way. */
export interface Replacement {
  /** Resolves when it is over, and after a moment at the latest: a ledger that is down must not hold up an answer. */
  readonly soon: Promise<void>;
  /** The ledger has it: its cookie can go. Without that the cookie stays, and the next request tries again. */
  readonly isEnded: () => boolean;
}

export interface ReplacedSession {
  readonly replacement: Replacement;
  /** Of its cookie and chunks. */
  readonly names: readonly string[];
}

/** Waits a moment for sessions that are being replaced. @returns names of the cookies of those that are ended */
export async function namesOfEnded(replaced: readonly ReplacedSession[]): Promise<readonly string[]> {
  await Promise.all(replaced.map(({ replacement }) => replacement.soon));
  return replaced.flatMap(({ replacement, names }) => (replacement.isEnded() ? names : []));
}
