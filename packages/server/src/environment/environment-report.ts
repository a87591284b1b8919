import type { EnvironmentProblem, EnvironmentRecord } from "./environment-reader.ts";
import { VARIABLE_NAMES, variableOf } from "./variables.ts";

const MAX_VALUE_LENGTH = 40;

/** A value as a person may see it: secrets hidden, control characters and length tamed. */
function printable(variable: string, environment: EnvironmentRecord): string {
  const value = environment[variable];
  if (value === undefined) return "(not set)";
  const name = VARIABLE_NAMES.find((known) => known === variable);
  // An unknown name may be a misspelt secret: only what is known to be harmless is shown.
  if (name === undefined || variableOf(name).isSecret === true || /^[a-z]+:\/\/[^/]*@/i.test(value))
    return "[secret]";
  const tame = value.replaceAll(/[^\x20-\x7E]/g, "?");
  return tame.length > MAX_VALUE_LENGTH ? `${tame.slice(0, MAX_VALUE_LENGTH - 3)}...` : tame;
}

/** Renders problems as a table: variable, its value (secrets as `[secret]`), what is wrong, how to mend it. */
export function renderEnvironmentProblems(
  problems: readonly EnvironmentProblem[],
  environment: EnvironmentRecord,
): string {
  const rows = problems.map(({ variable, problem, fix }) => [
    variable,
    printable(variable, environment),
    problem,
    fix,
  ]);
  const table = [["VARIABLE", "VALUE", "PROBLEM", "FIX"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`Not started: ${count} in the configuration.`, "", ...lines, ""].join("\n");
}
