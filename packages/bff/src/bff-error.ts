/** One thing that is wrong with a configuration, and what to change. */
export interface ConfigProblem {
  /** Where: `routes[0].upstream`. */
  readonly path: string;
  /** What is wrong and what to write instead; never a secret's value. */
  readonly fix: string;
}

export type BffErrorCode = "config_invalid";

/** The one error of this package. `config_invalid`: `problems` lists everything that is wrong at once. */
export class BffError extends Error {
  readonly code: BffErrorCode;
  readonly problems: readonly ConfigProblem[];

  constructor(code: BffErrorCode, problems: readonly ConfigProblem[]) {
    super(`${code}: ${problems.map((problem) => `${problem.path}: ${problem.fix}`).join("; ")}`);
    this.name = "BffError";
    this.code = code;
    this.problems = problems;
  }
}
