import { Secret } from "./secret.ts";
import { variableOf, type SecretName, type VariableName } from "./variables.ts";

/** One thing that is wrong with the environment, and what to do about it. Never holds a secret's value. */
export interface EnvironmentProblem {
  readonly variable: string;
  readonly problem: string;
  readonly fix: string;
}

/** The environment as `process.env` has it. */
export type EnvironmentRecord = Readonly<Record<string, string | undefined>>;

/** Reads typed values out of an environment record and collects every problem on the way. */
export interface EnvironmentReader {
  readonly problems: readonly EnvironmentProblem[];
  report(variable: string, problem: string, fix: string): void;
  isSet(name: VariableName): boolean;
  /** The value, or its default; `undefined` where there is neither. An empty or blank value counts as a problem. */
  text(name: VariableName): string | undefined;
  required(name: VariableName): string | undefined;
  /** The value of `NAME`, or the content of the file that `NAME_FILE` names, without the line break at its end. */
  secret(name: SecretName): Secret | undefined;
  integer(name: VariableName, range: { readonly min: number; readonly max: number }): number;
  choice<const Choice extends string>(name: VariableName, choices: readonly Choice[]): Choice | undefined;
}

/**
 * @param readTextFile reads a file named by a `*_FILE` variable; throws where it can't.
 */
export function createEnvironmentReader(
  environment: EnvironmentRecord,
  readTextFile: (path: string) => string,
): EnvironmentReader {
  const problems: EnvironmentProblem[] = [];

  function report(variable: string, problem: string, fix: string): void {
    problems.push({ variable, problem, fix });
  }

  function text(name: VariableName): string | undefined {
    const raw = environment[name];
    if (raw === undefined) return variableOf(name).default;
    const value = raw.trim();
    if (value !== "") return value;
    report(name, "is empty", "Give it a value, or remove it.");
    return undefined;
  }

  function missing(name: VariableName): undefined {
    report(name, "is not set", `${variableOf(name).meaning}.`);
  }

  return {
    problems,
    report,
    text,
    isSet: (name) => environment[name] !== undefined || environment[`${name}_FILE`] !== undefined,
    required(name) {
      if (environment[name] === undefined && variableOf(name).default === undefined) return missing(name);
      return text(name);
    },
    secret(name) {
      const path = environment[`${name}_FILE`];
      if (path === undefined) {
        const value = text(name);
        return value === undefined ? undefined : new Secret(value);
      }
      if (environment[name] !== undefined) {
        report(name, `is set twice: ${name} and ${name}_FILE`, "Keep one of them.");
        return undefined;
      }
      try {
        const value = readTextFile(path).trim();
        if (value !== "") return new Secret(value);
        report(`${name}_FILE`, "names an empty file", "Write the secret into it.");
      } catch {
        report(`${name}_FILE`, "names a file that can't be read", "Check the path and its permissions.");
      }
      return undefined;
    },
    integer(name, { min, max }) {
      const raw = text(name);
      const fallback = Number(variableOf(name).default ?? min);
      if (raw === undefined) return fallback;
      const value = /^(0|[1-9][0-9]{0,9})$/.test(raw) ? Number(raw) : Number.NaN;
      if (value >= min && value <= max) return value;
      report(name, "isn't a whole number in its range", `Write digits only, ${min} to ${max}.`);
      return fallback;
    },
    choice(name, choices) {
      const raw = text(name);
      if (raw === undefined) return undefined;
      const chosen = choices.find((choice) => choice === raw);
      if (chosen === undefined) report(name, "isn't one of its values", `Write ${choices.join(" or ")}.`);
      return chosen;
    },
  };
}
