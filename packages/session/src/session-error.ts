export type SessionErrorCode =
  /** The configuration can't be used; `problems` lists all that is wrong, each with its fix. */
  | "config_invalid"
  /** A value can't be sealed, since it isn't JSON or wouldn't open again. */
  | "value_unreadable"
  /** A pending sign-in doesn't fit into a cookie, or not beside the session. */
  | "transaction_too_large";

/** A setting that can't be used, and what to write instead. Never a key. */
export interface SessionConfigProblem {
  readonly field: string;
  readonly fix: string;
}

/** A failure of this package. Its message never holds a secret. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;
  /** For `config_invalid`: everything that is wrong. */
  readonly problems: readonly SessionConfigProblem[];

  constructor(code: SessionErrorCode, message: string, problems: readonly SessionConfigProblem[] = []) {
    super([message, ...problems.map(({ field, fix }) => `${field}: ${fix}`)].join("; "));
    this.code = code;
    this.problems = problems;
  }
}
