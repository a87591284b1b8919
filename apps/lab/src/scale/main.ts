import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";
import { describeOptions, readValues } from "../torture/read-values.ts";
import type { Options, Values } from "../torture/scene.ts";
import { MEASURABLE, measureAll } from "./measure-all.ts";
import { projectLoad } from "./project-load.ts";
import { checkRun, TOLERANCE, type CheckOptions } from "./check-run.ts";
import { describeProjection, renderChecks } from "./render-scale.ts";
import { readScaleFigures, type ScaleFigures } from "./scale-figures.ts";
import { USUAL_WORKLOAD, type Workload } from "./workload.ts";
import { endWithChildren } from "../lifetime/end-with-children.ts";

/**
 * `pnpm scale --sessions N --calls-per-second R --token-life S --instances I [--ledger redis|postgres]`: what so many sessions
 * need of store, network and instances, by a model that is fed with measured figures (`docs/scale.json`).
 *
 * `pnpm scale --measure all` measures these anew; `--check yes` makes the sessions in a real store, lets their pages load, and puts
 * what was found beside the model.
 */
const OPTIONS = {
  sessions: { default: USUAL_WORKLOAD.sessions, least: 1 },
  callsPerSecond: { default: USUAL_WORKLOAD.callsPerSecond, least: 0.001 },
  tokenLife: { default: USUAL_WORKLOAD.tokenLifeSeconds, least: 5 },
  instances: { default: USUAL_WORKLOAD.instances, least: 1 },
  workers: { default: USUAL_WORKLOAD.workers, least: 1 },
  callsAtOnce: { default: USUAL_WORKLOAD.callsAtOnce, least: 1 },
  sessionHours: { default: USUAL_WORKLOAD.sessionHours, least: 0.1 },
  signedOutPercent: { default: 100 * USUAL_WORKLOAD.signedOutPart, least: 0 },
  backChannelPercent: { default: 100 * USUAL_WORKLOAD.backChannelPart, least: 0 },
  ledger: { default: "redis", oneOf: ["redis", "postgres"] },
  measure: { default: "nothing", oneOf: ["nothing", ...MEASURABLE] },
  check: { default: "no", oneOf: ["yes", "no"] },
  seconds: { default: 120, least: 1 },
} as const satisfies Options;

const FIGURES = join(repositoryRoot, "docs/scale.json");

endWithChildren();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(`pnpm scale\n${describeOptions(OPTIONS)}`);
    return 0;
  }
  let values: Values<typeof OPTIONS>;
  try {
    values = readValues(OPTIONS, args) as Values<typeof OPTIONS>;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    return 1;
  }
  if (values.measure !== "nothing") {
    const known = existsSync(FIGURES) ? readScaleFigures(FIGURES) : undefined;
    writeFigures(await measureAll(values.measure, known, (line) => console.log(line)));
    return 0;
  }
  const { ledger } = values;
  const workload: Workload = {
    ...USUAL_WORKLOAD,
    sessions: values.sessions,
    callsPerSecond: values.callsPerSecond,
    tokenLifeSeconds: values.tokenLife,
    instances: values.instances,
    workers: values.workers,
    callsAtOnce: values.callsAtOnce,
    sessionHours: values.sessionHours,
    signedOutPart: values.signedOutPercent / 100,
    backChannelPart: values.backChannelPercent / 100,
  };
  const figures = readScaleFigures(FIGURES);
  if (values.check === "yes") return check({ ledger, workload, seconds: values.seconds }, figures);
  for (const line of describeProjection(projectLoad(workload, figures, ledger), figures)) console.log(line);
  return 0;
}

/** Runs it, and puts what was found beside the model into the file of figures. */
async function check(options: CheckOptions, figures: ScaleFigures): Promise<number> {
  const report = await checkRun(options, figures, (line) => console.log(line));
  const runs = [...(figures.checks ?? []).filter(({ ledger }) => ledger !== report.ledger), report];
  writeFigures({ ...figures, checks: runs });
  console.log(renderChecks({ checks: runs }));
  const isOff = report.compared.some(({ model, found }) => Math.abs(found / model - 1) > TOLERANCE);
  return isOff || report.failed > 0 ? 1 : 0;
}

function writeFigures(figures: ScaleFigures): void {
  writeFileSync(FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
}
