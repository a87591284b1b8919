import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { readSettings } from "../process/run-entry.ts";
import { examineEgress } from "./examine-egress.ts";
import { examine } from "./examine.ts";
import { reportFindings } from "./report-findings.ts";

/** `coatcheck doctor`: says what is wrong, each with its fix, and sets exit code 1; where all is well, nothing but notes. */
export async function runDoctor(
  environment: EnvironmentRecord,
  configFile: string | undefined,
): Promise<void> {
  const settings = await readSettings(environment, configFile);
  if (settings === undefined) return;
  const { text, exitCode } = reportFindings([...(await examine(settings)), ...examineEgress(environment)]);
  process.stdout.write(text);
  process.exitCode = exitCode;
}
