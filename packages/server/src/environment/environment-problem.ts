import { variablesOf } from "./variables.ts";

/** The environment as `process.env` has it. */
export type EnvironmentRecord = Readonly<Record<string, string | undefined>>;

/** One thing that is wrong with the environment, and what to write instead. Never holds a secret's value. */
export interface EnvironmentProblem {
  readonly variable: string;
  readonly fix: string;
}

const MAX_VALUE_LENGTH = 40;

/** A value as a person may see it: secrets hidden, control characters and length tamed. */
function printable(variable: string, environment: EnvironmentRecord): string {
  const value = environment[variable];
  if (value === undefined) return "(not set)";
  const known = variablesOf(environment).find(({ name }) => name === variable);
  // An unknown name may be a misspelt secret: only what is known to be harmless is shown.
  if (known === undefined || known.isSecret || /^[a-z]+:\/\/[^/]*@/iu.test(value)) return "[secret]";
  const tame = value.replaceAll(/[^\x20-\x7E]/gu, "?");
  return tame.length > MAX_VALUE_LENGTH ? `${tame.slice(0, MAX_VALUE_LENGTH - 3)}...` : tame;
}

/** Renders problems as a table: variable, its value (secrets as `[secret]`), what to write instead. */
export function renderEnvironmentProblems(
  problems: readonly EnvironmentProblem[],
  environment: EnvironmentRecord,
): string {
  const rows = problems.map(({ variable, fix }) => [variable, printable(variable, environment), fix]);
  const table = [["VARIABLE", "VALUE", "WHAT TO DO"], ...rows];
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${count} in the configuration.`, "", ...lines, ""].join("\n");
}
