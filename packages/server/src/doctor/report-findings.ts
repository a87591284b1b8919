import type { DoctorFinding } from "./examine.ts";

/** What `coatcheck doctor` prints and ends with. Notes are printed, and are no problem. */
export function reportFindings(findings: readonly DoctorFinding[]): {
  readonly text: string;
  readonly exitCode: 0 | 1;
} {
  if (findings.length === 0) return { text: "", exitCode: 0 };
  const lines = findings.flatMap(({ about, problem, fix, isNote }) => [
    `${isNote === true ? "note" : about}: ${problem}`,
    `  ${fix}`,
    "",
  ]);
  const problems = findings.filter(({ isNote }) => isNote !== true).length;
  const count = problems === 1 ? "1 problem." : `${problems} problems.`;
  return { text: `${[...lines, count].join("\n")}\n`, exitCode: problems === 0 ? 0 : 1 };
}
