import { expect, it } from "vitest";
import { reportFindings } from "./report-findings.ts";

const PROBLEM = { about: "port", problem: "It is taken.", fix: "Take another." };
const NOTE = { about: "provider", problem: "It is as it is.", fix: "Nothing.", isNote: true } as const;

it.each([
  [[], 0, ""],
  [[PROBLEM], 1, "1 problem."],
  [[NOTE], 0, "0 problems."],
  [[PROBLEM, NOTE], 1, "1 problem."],
  [[PROBLEM, PROBLEM], 1, "2 problems."],
] as const)("%j end with exit code %i, and are counted", (findings, exitCode, count) => {
  const report = reportFindings(findings);
  expect(report.exitCode).toBe(exitCode);
  expect(report.text.trimEnd().endsWith(count)).toBe(true);
  for (const { problem, fix } of findings)
    expect(report.text).toMatch(new RegExp(`${problem}\n  ${fix}`, "u"));
});
