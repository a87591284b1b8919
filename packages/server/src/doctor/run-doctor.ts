import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { readSettings } from "../process/run-entry.ts";
import { examine, type DoctorFinding } from "./examine.ts";

/** `coatcheck doctor`: says what is wrong, each with its fix, and sets exit code 1; where all is well, nothing but notes. */
export async function runDoctor(
  environment: EnvironmentRecord,
  configFile: string | undefined,
): Promise<void> {
  const settings = await readSettings(environment, configFile);
  if (settings === undefined) return;
  const findings = await examine(settings);
  if (findings.length === 0) return;
  process.stdout.write(renderFindings(findings));
  if (findings.some(({ isNote }) => isNote !== true)) process.exitCode = 1;
}

function renderFindings(findings: readonly DoctorFinding[]): string {
  const lines = findings.flatMap(({ about, problem, fix, isNote }) => [
    `${isNote === true ? "note" : about}: ${problem}`,
    `  ${fix}`,
    "",
  ]);
  const problems = findings.filter(({ isNote }) => isNote !== true).length;
  const count = problems === 1 ? "1 problem." : `${problems} problems.`;
  return `${[...lines, count].join("\n")}\n`;
}
