/** One line of the sources, written wrongly. A test must fail on it. */
export interface Mutant {
  /** From the root of the repository. */
  readonly file: string;
  /** A part of one line that stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** The S-number or the sentence that it breaks. */
  readonly breaks: string;
  /** The test files that must notice, from the root of the repository; folders count as all of their tests. */
  readonly tests: readonly string[];
}

/** @throws {RangeError} where the text to replace isn't there, or is there more than once: the mutant must follow the code */
export function applyMutation(
  source: string,
  { file, from, to }: Pick<Mutant, "file" | "from" | "to">,
): string {
  const times = source.split(from).length - 1;
  if (times !== 1) throw new RangeError(`${file} holds ${times} times and not once: ${from}`);
  return source.replace(from, () => to);
}
