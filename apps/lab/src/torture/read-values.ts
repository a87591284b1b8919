import { parseArgs } from "node:util";
import type { Option, Options } from "./scene.ts";

/** @throws {RangeError} naming every argument that is unknown or can't be taken */
export function readValues(options: Options, args: readonly string[]): Record<string, unknown> {
  const named = Object.entries(options).map(([name, option]) => [toFlag(name), name, option] as const);
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(named.map(([flag]) => [flag, { type: "string" as const }])),
  });
  const known = new Set(named.map(([flag]) => flag));
  const problems = tokens.flatMap((token) =>
    token.kind === "option" && known.has(token.name)
      ? []
      : [`${args[token.index] ?? ""}: there is no such option.`],
  );
  const read = named.map(([flag, name, option]) => {
    const given = values[flag];
    if (given === undefined) return [name, option.default];
    const value = typeof given === "string" ? readValue(option, given) : undefined;
    if (value === undefined) problems.push(`--${flag} takes ${describe(option)}.`);
    return [name, value];
  });
  if (problems.length > 0) throw new RangeError(problems.join("\n"));
  return Object.fromEntries(read) as Record<string, unknown>;
}

/** One line an option. */
export function describeOptions(options: Options): string {
  const lines = Object.entries(options).map(
    ([name, option]) =>
      `  --${toFlag(name).padEnd(20)} ${describe(option)}; default ${option.default === "" ? "none" : option.default}`,
  );
  return lines.join("\n");
}

function readValue(option: Option, given: string): string | number | undefined {
  if (typeof option.default === "string") {
    const { oneOf = [given] } = option as { readonly oneOf?: readonly string[] };
    return oneOf.includes(given) ? given : undefined;
  }
  if (!("least" in option) || given.trim() === "") return undefined;
  const value = Number(given);
  const isFine = Number.isInteger(option.least) ? Number.isInteger(value) : Number.isFinite(value);
  return isFine && value >= option.least ? value : undefined;
}

function describe(option: Option): string {
  if ("least" in option)
    return `${Number.isInteger(option.least) ? "a whole" : "any"} number from ${option.least} on`;
  return option.oneOf?.join(" or ") ?? "a text";
}

function toFlag(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
