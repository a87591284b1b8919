export type SessionErrorCode =
  /** The configuration can't be used; `problems` lists all that is wrong, each with its fix. */
  | "config_invalid"
  /** A value can't be sealed, since it isn't JSON or wouldn't open again. */
  | "value_unreadable"
  /** A pending sign-in doesn't fit into a cookie, or not beside the session. */
  | "transaction_too_large";

/** A failure of this package. Its message never holds a secret. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;
  /** For `config_invalid`: everything that is wrong, a sentence each. */
  readonly problems: readonly string[];

  constructor(code: SessionErrorCode, message: string, problems: readonly string[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}
