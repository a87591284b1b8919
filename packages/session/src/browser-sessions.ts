/**
 * What every remembered value carries, whatever else the caller keeps in it. Instants are milliseconds since the epoch.
 */
export interface SessionEnvelope {
  /** Format version of the value; 1. */
  readonly v: 1;
  /** 128 random bits, base64url; new at each sign-in. */
  readonly sid: string;
  readonly createdAt: number;
  readonly touchedAt: number;
  readonly idleDeadline: number;
  readonly absoluteDeadline: number;
}

/** One session that a request showed and that opened. `name` is the cookie that carries it. */
export interface OpenedSession<Value extends SessionEnvelope> {
  readonly name: string;
  readonly value: Value;
  /** Past its idle deadline by the cookie alone; a ledger may know of a later touch. */
  readonly isPastIdleDeadline: boolean;
}

/** What the cookies of one request say. Nothing here is an error: a bad cookie is an answer. */
export interface OpenedCookies<Value extends SessionEnvelope> {
  /** Sessions that open and aren't past their absolute deadline, newest `createdAt` first. */
  readonly sessions: readonly OpenedSession<Value>[];
  /** Names of session cookies with an unknown key id or a newer version: anonymous, but kept (a rolling deploy may know them). */
  readonly unreadable: readonly string[];
  /** Names (chunks too) of broken, forged or absolutely expired session cookies, and of what breaks the budget: to be removed. */
  readonly broken: readonly string[];
  /** Sessions that open, but are past their absolute deadline. */
  readonly expired: readonly OpenedSession<Value>[];
  /** Every cookie name of ours that was shown: sessions, chunks, transactions, logout. */
  readonly shown: readonly string[];
}

/** What makes a value large: `totalBytes` of its seal, and the fields that take the most bytes in its JSON. */
export interface SizeReport {
  readonly totalBytes: number;
  readonly largest: readonly { readonly path: string; readonly bytes: number }[];
}

export type SealOutcome =
  /** `setCookie` holds whole Set-Cookie header values. */
  | { readonly kind: "sealed"; readonly setCookie: readonly string[] }
  /** Over 5,000 bytes: nothing was written. */
  | { readonly kind: "too_large"; readonly report: SizeReport };

/** A pending sign-in: JSON that the caller gets back at the callback. */
export interface OpenedTransaction<Transaction> {
  readonly name: string;
  readonly value: Transaction;
}

/** Remembers values for browsers in sealed cookies. Knows nothing of what is in them. */
export interface BrowserSessions<Value extends SessionEnvelope, Transaction> {
  /** A fresh envelope: new sid, deadlines from now. */
  create(): SessionEnvelope;
  open(cookieHeader: string | undefined): Promise<OpenedCookies<Value>>;
  /**
   * Seals a value under the cookie name that its `sid` gives.
   *
   * @param cookieHeader Give it at the callback: pending sign-ins that no longer fit beside the new session are then removed, oldest first.
   * @throws {SessionError} `value_unreadable`: it isn't JSON, or `parseValue` wouldn't take it back.
   */
  seal(value: Value, cookieHeader?: string): Promise<SealOutcome>;
  /** Moves `touchedAt` and `idleDeadline` to now, never past `absoluteDeadline`. */
  touch(value: Value): Value;
  /** A tenth of the idle time (at least 60 s) has passed since `touchedAt`. */
  isTouchDue(value: Value): boolean;
  /** Set-Cookie values that remove cookies by name (any of ours), with identical attributes. */
  expire(names: readonly string[]): readonly string[];
  /**
   * Seals a pending sign-in under the name that its `state` gives; evicts the oldest ones beyond the limit and the budget.
   *
   * @throws {SessionError} `transaction_too_large`, `value_unreadable`.
   */
  sealTransaction(
    transaction: Transaction,
    state: string,
    cookieHeader: string | undefined,
  ): Promise<readonly string[]>;
  /** Opens the one that `state` names; `undefined` for unknown, expired, forged. Touches no other. */
  openTransaction(
    cookieHeader: string | undefined,
    state: string,
  ): Promise<OpenedTransaction<Transaction> | undefined>;
  /** The cookie name that `state` gives, so that the callback removes it whatever came of it. */
  transactionName(state: string): Promise<string>;
  /**
   * `__Secure-coatcheck-logout`, `Path=/bff/logout`; `undefined` when it doesn't fit into the budget.
   *
   * @param hint `owner`: whose keys seal it, as in `SessionConfig`; default `""`.
   * @param beside The Set-Cookie values that go out with it (the sealed session's, removals); without them the largest session is assumed.
   * @param cookieHeader Of the callback: pending sign-ins that stay take their share.
   */
  sealLogoutHint(
    hint: { readonly idToken: string; readonly sid: string; readonly owner?: string },
    beside?: readonly string[],
    cookieHeader?: string,
  ): Promise<readonly string[] | undefined>;
  openLogoutHint(
    cookieHeader: string | undefined,
  ): Promise<{ readonly idToken: string; readonly sid: string; readonly owner: string } | undefined>;
  expireLogoutHint(): readonly string[];
}
