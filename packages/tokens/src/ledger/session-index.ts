import { EMPTY, type SessionRecord, type Stored, type Transition } from "./ledger-record.ts";
import type { IndexedSession, RecordAddress } from "./ledger.ts";

/** One session in a person's record. */
export interface IndexEntry extends IndexedSession {
  /** Milliseconds by the store's clock; then it is forgotten. */
  readonly dropAt: number;
}

/** A person with more has a script that signs in; without a bound, its record would grow as long as it runs. */
export const MAX_INDEXED_SESSIONS = 30;

/** What a person's record has that hasn't outlived its time; last used first. */
export function livingEntries({ record, now }: Stored): readonly IndexEntry[] {
  return (record?.sessions ?? []).filter(({ dropAt }) => dropAt > now);
}

/** `Ledger.indexSession` on a person's record. */
export function indexStep(
  at: RecordAddress,
  { session, everyMs }: { readonly session: IndexedSession; readonly everyMs: number },
  stored: Stored,
): Transition<undefined> {
  const living = livingEntries(stored);
  const known = living.find(({ id }) => id === session.id);
  if (known !== undefined && session.usedAt - known.usedAt < everyMs) {
    return { record: stored.record, answer: undefined };
  }
  const others = living.filter(({ id }) => id !== session.id);
  const noted: IndexEntry = { ...session, dropAt: stored.now + at.keepMs };
  const entries = [noted, ...others].toSorted((a, b) => b.usedAt - a.usedAt);
  return { record: toRecord(entries.slice(0, MAX_INDEXED_SESSIONS)), answer: undefined };
}

/** `Ledger.unindexSession` on a person's record. */
export function unindexStep(id: string, stored: Stored): Transition<undefined> {
  const living = livingEntries(stored);
  const others = living.filter((entry) => entry.id !== id);
  if (others.length === living.length) return { record: stored.record, answer: undefined };
  return { record: others.length === 0 ? undefined : toRecord(others), answer: undefined };
}

function toRecord(entries: readonly IndexEntry[]): SessionRecord {
  return { ...EMPTY, keepUntil: Math.max(...entries.map(({ dropAt }) => dropAt)), sessions: entries };
}
