export type ProxyErrorCode =
  /** A route can't be used; `problems` lists all that is wrong, each with its fix. */
  | "config_invalid"
  /** The upstream broke off in the middle of its body. */
  | "upstream_failed"
  /** The upstream fell silent in the middle of its body. */
  | "upstream_timeout";

/** What is wrong with a route: the field, and what to write instead. */
export interface TargetProblem {
  readonly field: string;
  readonly fix: string;
}

/** A failure of this package. Its message never holds a token, a header or a body. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly code: ProxyErrorCode;
  /** For `config_invalid`: everything that is wrong. */
  readonly problems: readonly TargetProblem[];

  constructor(code: ProxyErrorCode, message: string, problems: readonly TargetProblem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}
