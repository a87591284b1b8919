import { TokensError } from "../tokens-error.ts";
import type { FailureHistory, FailureKind, RecordAddress, EndReason } from "./ledger.ts";
import type { IndexEntry } from "./session-index.ts";

/** What the store remembers of failed tries. Instants are milliseconds by the store's clock. */
export interface PastFailures {
  readonly kind: FailureKind;
  readonly tries: number;
  readonly refusals: number;
  /** 0: none. */
  readonly refusedSince: number;
  readonly maybeSpent: boolean;
}

interface EntryLife {
  /** Milliseconds by the store's clock; then the entry is forgotten. */
  readonly dropAt: number;
  /** Nobody needs this entry any more except stale cookies. */
  readonly isSettled: boolean;
}

export type Entry = EntryLife &
  (
    | {
        readonly state: "pending";
        readonly fence: string;
        readonly leaseUntil: number;
        readonly past?: PastFailures;
      }
    | {
        readonly state: "done";
        readonly fence: string;
        /** When the following generation was last handed to a request that showed an earlier one. */
        readonly handedAt: number;
      }
    | { readonly state: "dead"; readonly past: PastFailures; readonly retryAt: number }
  );

/**
 * A session's record without the sealed successors, which lie beside it by generation. JSON only.
 *
 * The transitions on it are pure functions in `ledger-claim.ts`, `ledger-outcome.ts` and `ledger-session.ts`, the same for
 * every store.
 */
export interface SessionRecord {
  readonly ended?: EndReason;
  readonly touchedAt?: number;
  readonly highestSpent: number;
  /** A later generation than a request showed exists nowhere, and an earlier one is spent, whatever became of its entry. */
  readonly highestShown: number;
  /** Milliseconds by the store's clock. */
  readonly keepUntil: number;
  readonly entries: Readonly<Record<string, Entry>>;
  /** The generation whose access tokens are kept, sealed, beside the record. */
  readonly tokensOf?: number;
  /** Only in a person's record, which is no session's: their sessions. */
  readonly sessions?: readonly IndexEntry[];
}

/** Where the sealed access tokens lie: beside the successors, which lie under generations. */
export const TOKENS_SLOT = -1;

/** Reads what a store has kept. @throws {TokensError} `record_unreadable` */
export function parseRecord(text: string): SessionRecord {
  try {
    const record = JSON.parse(text) as SessionRecord;
    const numbers = [record.highestSpent, record.highestShown, record.keepUntil];
    for (const entry of Object.values(record.entries)) numbers.push(entry.dropAt);
    if (numbers.every(Number.isFinite)) return record;
  } catch (cause) {
    throw new TokensError("record_unreadable", "a record can't be read", { cause });
  }
  throw new TokensError("record_unreadable", "a record isn't whole");
}

/** The record after a step (the same object: nothing to store), and what the caller learns. */
export interface Transition<Answer> {
  readonly record: SessionRecord | undefined;
  readonly answer: Answer;
}

/** What a step starts from: the record as stored, and the highest `iat` of the tombstones that name the session. */
export interface Stored {
  readonly record: SessionRecord | undefined;
  /** Seconds; `undefined`: no tombstone. */
  readonly tombstoneIat: number | undefined;
  /** Milliseconds by the store's clock. */
  readonly now: number;
}

/** Records outlive their last cookie by this much, since clocks differ. */
const CLOCK_SLACK_MS = 60_000;
/** ... and by up to this much more, so that not every look at a record has to write it. */
const KEEP_STEP_MS = 1_000;

export const EMPTY: SessionRecord = { highestSpent: -1, highestShown: -1, keepUntil: 0, entries: {} };

/** Drops what has outlived its time and applies tombstones. `undefined`: there is no record. */
export function current(at: RecordAddress, stored: Stored): SessionRecord | undefined {
  const { now, tombstoneIat } = stored;
  let record = stored.record;
  if (record !== undefined && record.keepUntil <= now) record = undefined;
  if (tombstoneIat !== undefined && tombstoneIat >= at.idTokenIat && record?.ended === undefined) {
    return endRecord(record ?? EMPTY, at, now, "revoked");
  }
  if (record === undefined) return undefined;
  const entries = Object.entries(record.entries);
  const living = entries.filter(([, entry]) => entry.dropAt > now);
  return living.length === entries.length ? record : { ...record, entries: Object.fromEntries(living) };
}

/** The record, or an empty one; kept for the full time from now on. */
export function kept(record: SessionRecord | undefined, at: RecordAddress, now: number): SessionRecord {
  const base = record ?? EMPTY;
  const keepUntil = now + at.keepMs + CLOCK_SLACK_MS;
  return base.keepUntil >= keepUntil ? base : { ...base, keepUntil: keepUntil + KEEP_STEP_MS };
}

/** The record with one entry more, or another one. */
export function withEntry(record: SessionRecord, generation: number, entry: Entry): SessionRecord {
  return { ...record, entries: { ...record.entries, [generation]: entry } };
}

export function withoutEntry(record: SessionRecord, generation: number): SessionRecord {
  const { [String(generation)]: _gone, ...entries } = record.entries;
  return { ...record, entries };
}

/** The first reason stays. Nothing may be refreshed any more: what isn't done goes. */
export function endRecord(
  record: SessionRecord,
  at: RecordAddress,
  now: number,
  reason: EndReason,
): SessionRecord {
  if (record.ended !== undefined) return record;
  const touched = record.touchedAt === undefined ? {} : { touchedAt: record.touchedAt };
  return {
    ...touched,
    ended: reason,
    highestSpent: record.highestSpent,
    highestShown: record.highestShown,
    keepUntil: now + at.endedKeepMs + CLOCK_SLACK_MS,
    entries: Object.fromEntries(Object.entries(record.entries).filter(([, entry]) => entry.state === "done")),
  };
}

/** This generation's refresh token was used up, as far as anyone can know. */
export function isSpent(record: SessionRecord, generation: number): boolean {
  return generation <= record.highestSpent || generation < record.highestShown;
}

export function toHistory(past: PastFailures | undefined, now: number): FailureHistory {
  if (past === undefined) return { tries: 0, refusals: 0, refusedForMs: 0, maybeSpent: false };
  return {
    tries: past.tries,
    refusals: past.refusals,
    refusedForMs: past.refusedSince === 0 ? 0 : Math.max(0, now - past.refusedSince),
    maybeSpent: past.maybeSpent,
  };
}

/** Generations with a successor, from one upwards: which sealed values belong into a view. */
export function doneFrom(record: SessionRecord | undefined, generation: number): readonly number[] {
  if (record === undefined) return [];
  return Object.entries(record.entries)
    .filter(([, entry]) => entry.state === "done")
    .map(([key]) => Number(key))
    .filter((done) => done >= generation);
}
