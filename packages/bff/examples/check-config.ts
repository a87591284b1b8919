import { parseBffConfig, type BffConfig } from "@coatcheck/bff/config";

/** What is wrong with a configuration, each with what to write instead: for a check before a deploy. */
export function findProblems(config: BffConfig): readonly string[] {
  const parsed = parseBffConfig(config);
  if (parsed.kind === "ok") return [];
  return parsed.problems.map(({ path, fix }) => `${path}: ${fix}`);
}
