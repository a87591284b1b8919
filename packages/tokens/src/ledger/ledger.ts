/**
 * How a session ended, as the ledger remembers it; the first reason stays.
 *
 * `replaced` means that the same person (`iss` and `sub`) signed in again: one provider grant may serve both sign-ins, so
 * nothing is revoked, also not by a refresh that was under way. Use `signed_out` where another person signed in.
 */
export type EndReason = "signed_out" | "revoked" | "grant_ended" | "replaced";

/**
 * Where a session's record is, and how long it has to live. Durations, not instants: every store counts by its own clock.
 */
export interface RecordAddress {
  /** Derived from the session id; nothing else is in it. */
  readonly key: string;
  /** Fingerprints of (`iss`, `sub`), and of (`iss`, provider session) or of having none: their tombstones end this session. */
  readonly tombstones: readonly string[];
  /** Seconds, the provider's clock: a tombstone ends the session if its `iat` isn't earlier than this. */
  readonly idTokenIat: number;
  /** How long a cookie of this session can still open, at most: idle timeout plus longest request, up to the absolute deadline. */
  readonly keepMs: number;
  /** The same for the mark that the session ended: up to the absolute deadline plus the longest request. */
  readonly endedKeepMs: number;
}

/** What one look at a record shows. */
export interface RecordView {
  /** Also by a tombstone. */
  readonly ended?: EndReason;
  /** Milliseconds since the epoch, as handed in. */
  readonly touchedAt?: number;
  /** The highest generation that was spent successfully; `-1`: none known. */
  readonly highestSpent: number;
  /** Sealed successors of spent generations, from the one that was asked for upwards; none of an ended record. */
  readonly successors: Readonly<Record<number, string>>;
  /** Only from `read`: the sealed access tokens that are kept for the generation that was asked for. */
  readonly tokens?: string;
}

/** Why earlier tries with one generation failed, as far as the store remembers. */
export interface FailureHistory {
  /** Failed tries in a row. */
  readonly tries: number;
  /** How many of them were refusals. */
  readonly refusals: number;
  /** Milliseconds since the first of those; 0 if there was none. */
  readonly refusedForMs: number;
  /** After one of them the generation may have been spent: the provider may have rotated. */
  readonly maybeSpent: boolean;
}

/** How a try failed. After `ambiguous` and `unreadable` the generation may have been spent; `refused` and `unreadable` count as refusals. */
export type FailureKind = "unsent" | "refused" | "ambiguous" | "unreadable";

export interface ClaimRequest {
  readonly generation: number;
  /** Random, new for each attempt. Claiming again with the same fence renews the lease. */
  readonly fence: string;
  readonly leaseMs: number;
  /** The fence of a lease that was seen expired long enough to be taken over. */
  readonly takeOver?: string;
  /** A generation that may have been spent ambiguously may be tried again. */
  readonly mayRepeatAmbiguous: boolean;
}

export type ClaimAnswer =
  /** The caller leads: it alone may send this generation's refresh token. */
  | { readonly kind: "led"; readonly history: FailureHistory }
  | { readonly kind: "done"; readonly view: RecordView }
  /** Somebody else leads. `leaseLeftMs` is 0 or less when the lease has expired. */
  | { readonly kind: "pending"; readonly fence: string; readonly leaseLeftMs: number }
  /** The last try failed, and it is too early for another one; `held`: since it was ambiguous. */
  | {
      readonly kind: "dead";
      readonly failure: FailureKind;
      readonly retryInMs: number;
      readonly held: boolean;
    }
  /** Spent, and what came of it is gone. */
  | { readonly kind: "stale" }
  | { readonly kind: "ended"; readonly reason: EndReason };

export type PublishAnswer =
  | { readonly kind: "published" }
  /** Another success stands; drop what came, don't revoke it. */
  | { readonly kind: "done"; readonly view: RecordView }
  | { readonly kind: "ended"; readonly reason: EndReason };

export type Failure =
  | { readonly kind: FailureKind; readonly retryInMs: number }
  /** Ends the session with `grant_ended`. */
  | { readonly kind: "terminal" };

export type BuryAnswer =
  | { readonly kind: "buried" }
  /** The fence isn't the entry's any more, or a later generation is known: nothing changed; read again. */
  | { readonly kind: "lost" }
  | { readonly kind: "ended"; readonly reason: EndReason };

export interface Acknowledgement {
  /** The generation that the request showed. */
  readonly shown: number;
  readonly arrivedAgoMs: number;
  /** The response carries the tip, if that is later than what was shown. */
  readonly isHanding: boolean;
  readonly settleAfterMs: number;
  readonly staleCookieMs: number;
  /** Milliseconds since the epoch; kept if it is later than what is known. */
  readonly touchedAt?: number;
}

export interface AcknowledgeAnswer extends RecordView {
  /** Nothing below the shown generation is unsettled (any more): this needn't be asked again. */
  readonly isSettled: boolean;
}

export interface EndAnswer {
  /** The first reason stays. */
  readonly reason: EndReason;
  readonly wasEnded: boolean;
  /** The successors as they were when it ended. */
  readonly view: RecordView;
}

/** Something that ended, for the local copy of every process. `keepMs` counts from its delivery. */
export type Ending =
  | { readonly kind: "session"; readonly key: string; readonly reason: EndReason; readonly keepMs: number }
  | { readonly kind: "tombstone"; readonly key: string; readonly iat: number; readonly keepMs: number };

/** One of a person's sessions, as the index has it: enough to show it, to find its record and to end it. JSON only. */
export interface IndexedSession extends Pick<RecordAddress, "key" | "tombstones" | "idTokenIat"> {
  /** A one-way name, as in logs: leads to no record. */
  readonly id: string;
  /** Instants are milliseconds since the epoch, as handed in. */
  readonly signedInAt: number;
  /** The last use that was noted; the session's own record may know of a later one. */
  readonly usedAt: number;
  readonly absoluteDeadline: number;
  /** What is shown of it, such as the family of its browser. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Which sessions a person has: one record a person, at an address of its own without tombstones. It has no word on whether a
 * session is alive, which the session's own record tells.
 */
export interface SessionIndex {
  /**
   * Adds a session, or moves its `usedAt` and lets it be kept for `at.keepMs` from now on; nothing is written where it was
   * noted less than `everyMs` before. Of more than 30 the one that was used longest ago goes.
   */
  indexSession(
    at: RecordAddress,
    request: { readonly session: IndexedSession; readonly everyMs: number },
  ): Promise<void>;
  unindexSession(at: RecordAddress, id: string): Promise<void>;
  /** Last used first; changes nothing. */
  indexedSessions(at: RecordAddress): Promise<readonly IndexedSession[]>;
}

export interface EndingWatch {
  /** Resolves when everything that had ended before was delivered. Never rejects: it waits for the store. */
  readonly ready: Promise<void>;
  stop(): void;
}

/**
 * Remembers what became of spent refresh tokens: one record a session, every method one atomic step on that record.
 *
 * A record is `live` or `ended`. For each spent generation it has an entry: `pending` (lease, fence), `done` (the sealed
 * successor) or `dead` (a failed try). Leases and lifetimes count by the store's clock. Every step first drops what has
 * outlived its time, and ends the record if a tombstone covers it; a record that doesn't exist reads as live and empty.
 *
 * All methods reject with {@link TokensError} within 5 s: `ledger_unreachable` when the store can't be reached or refuses (the
 * step may have happened all the same, so each can be repeated), `record_unreadable` when it is this record alone that can't be
 * read, and `ledger_closed` after `close()`.
 *
 * The conformance suite in `@coatcheck/tokens/suite` says precisely what an implementation must do. The index of a person's
 * sessions may be left out: then nobody can be shown theirs.
 */
export interface Ledger extends Partial<SessionIndex> {
  /** What it holds survives this process: a response may leave before the refresh beside it is done. */
  readonly outlivesProcess: boolean;
  /**
   * Asks to be the one who refreshes a generation. In this order:
   * - record ended: `ended`.
   * - entry done: `done`, with the successors from here on.
   * - entry pending, fence the caller's: the lease is renewed, `led`.
   * - entry pending, lease running, or expired and not the one to take over: `pending`.
   * - the generation was spent (at or below `highestSpent`), or a later one was shown: `dead` and held where an entry is
   *   there whose lease or retry time is less than ten minutes ago, since its success may not be recorded yet; else `stale`.
   * - entry pending and expired: if it may have been sent and mustn't be repeated, `dead` and held.
   * - entry dead: before its retry time, or held: `dead`.
   * - else the entry becomes pending under the caller's fence, and remembers the failures before it: `led`.
   */
  claim(at: RecordAddress, request: ClaimRequest): Promise<ClaimAnswer>;
  /** Resolves when the entry isn't pending under this fence any more, or after `timeoutMs`. */
  wait(
    at: RecordAddress,
    request: { readonly generation: number; readonly fence: string; readonly timeoutMs: number },
  ): Promise<void>;
  /** Extends the lease of an entry that is pending under this fence. @returns `false` if it isn't */
  renew(
    at: RecordAddress,
    request: { readonly generation: number; readonly fence: string; readonly leaseMs: number },
  ): Promise<boolean>;
  /**
   * Records a success. Not fenced: it replaces `pending` and `dead` of anyone, and makes a missing record.
   * - record ended: refused, `ended`.
   * - entry done by this fence: `published` (a repetition).
   * - entry done by another, or spent and forgotten: refused, `done`.
   * - else the entry becomes done and `highestSpent` is raised: `published`.
   */
  publish(
    at: RecordAddress,
    request: { readonly generation: number; readonly fence: string; readonly sealed: string },
  ): Promise<PublishAnswer>;
  /**
   * Keeps the sealed access tokens of a generation that a cookie has no room for; makes a missing record. They take the place
   * of an earlier generation's, and go when their own is spent, when the session ends, and with the record.
   * - record ended, generation spent, or a later one's tokens kept: nothing changes, `false`.
   */
  keepTokens(
    at: RecordAddress,
    request: { readonly generation: number; readonly sealed: string },
  ): Promise<boolean>;
  /** Gives back a claim that was not used: nothing was sent. Changes nothing unless pending under this fence; earlier failures stay. */
  release(at: RecordAddress, request: { readonly generation: number; readonly fence: string }): Promise<void>;
  /**
   * Records a failure. Changes nothing unless the entry is pending under this fence (`lost`, or `ended`).
   * - `terminal`: ends the record with `grant_ended`, unless a later generation is known (then the entry goes, `lost`).
   * - else the entry becomes dead.
   */
  bury(
    at: RecordAddress,
    request: { readonly generation: number; readonly fence: string; readonly failure: Failure },
  ): Promise<BuryAnswer>;
  /**
   * Records which generation a request shows and whether its response hands out the tip, and answers with what there is.
   *
   * Settles the entries below the shown generation if that one was last handed to a request showing an earlier one at
   * least `settleAfterMs` before this request arrived; they then live for `staleCookieMs`. A missing record is made only
   * for `touchedAt`, and only where the ledger outlives the process.
   */
  acknowledge(at: RecordAddress, request: Acknowledgement): Promise<AcknowledgeAnswer>;
  /** Changes nothing. @param generation successors from here on */
  read(at: RecordAddress, generation: number): Promise<RecordView>;
  /**
   * Ends the record, and makes a missing one. What was done is kept for its time and shown to nobody but `end`, which may
   * be repeated since its answer was lost.
   */
  end(
    at: RecordAddress,
    request: { readonly generation: number; readonly reason: EndReason },
  ): Promise<EndAnswer>;
  /** Sets a tombstone, or raises its `iat` (seconds). */
  entomb(request: { readonly key: string; readonly iat: number; readonly keepMs: number }): Promise<void>;
  /**
   * Delivers all endings there are, then new ones within 1 s, each at least once, until stopped or closed.
   *
   * @param onHealth gets `false` while endings can't be read, since ended sessions pass then, and `true` when they can again
   */
  watchEndings(onEnding: (ending: Ending) => void, onHealth?: (isUp: boolean) => void): EndingWatch;
  /**
   * Only of a ledger for runtimes that stop all timers between requests, so that nothing is delivered there: delivers what has
   * ended meanwhile, unless it looked within the last second. Awaited before a request relies on what it knows. Never rejects.
   */
  readonly catchUp?: () => Promise<void>;
  /** Writes something and reads it again, durably as a success would be: rejects unless the store takes both. */
  probe(): Promise<void>;
  /** Counts what there is. On request only: it may walk through the whole store. */
  stats(): Promise<{ readonly records: number; readonly tombstones: number }>;
  /** Frees what the ledger opened itself. */
  close(): Promise<void>;
}

/** The bound within which every ledger call settles, milliseconds. */
export const LEDGER_CALL_MS = 5_000;
