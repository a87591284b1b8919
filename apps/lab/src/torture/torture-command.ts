import { parseArgs } from "node:util";
import { coatcheck } from "./adapters/coatcheck.ts";
import { stormWords } from "./describe-plan.ts";
import { appendToJsonList } from "./json-list.ts";
import type { TortureProgress } from "./run-torture.ts";
import type { Target } from "./target.ts";
import { FAULT_NAMES, type FaultName } from "./torture-plan.ts";
import { brokenPromises, type TortureReport } from "./torture-report.ts";
import { STALE_DELAYS_MS, torture } from "./torture.ts";

/**
 * `pnpm torture`: real processes, a real authorization server with rotation and strict reuse detection, expired access
 * tokens, and many calls at once. Without `--faults` two runs: one without any fault, one with all that fit.
 * Ends with exit code 1 if a promise is broken.
 */
const { values } = parseArgs({
  options: {
    target: { type: "string", default: coatcheck.name },
    instances: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    rounds: { type: "string", default: "100" },
    ledger: { type: "string", default: "sqlite" },
    seed: { type: "string", default: "1" },
    faults: { type: "string" },
    sessions: { type: "string" },
    calls: { type: "string", default: "20" },
    "page-every": { type: "string", default: "5" },
    "token-endpoint-ms": { type: "string", default: "0" },
    "stale-ms": { type: "string", default: STALE_DELAYS_MS.join(",") },
    "outage-seconds": { type: "string", default: "60" },
    "token-seconds": { type: "string", default: "10" },
    json: { type: "string" },
  },
});

const problems: string[] = [];
function whole(name: string, text: string, min: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min)
    problems.push(`--${name} needs a whole number from ${min} on.`);
  return value;
}
const instances = whole("instances", values.instances, 1);
const workers = whole("workers", values.workers, 1);
const rounds = whole("rounds", values.rounds, 1);
const seed = whole("seed", values.seed, 0);
const waveCalls = whole("calls", values.calls, 1);
const pageEvery = whole("page-every", values["page-every"], 0);
const tokenSeconds = whole("token-seconds", values["token-seconds"], 2);
const tokenEndpointMs = whole("token-endpoint-ms", values["token-endpoint-ms"], 0);
const outageSeconds = whole("outage-seconds", values["outage-seconds"], 1);
const staleDelaysMs = values["stale-ms"].split(",").map((text) => whole("stale-ms", text, 0));
const sessions = values.sessions === undefined ? undefined : whole("sessions", values.sessions, 1);
const ledger = values.ledger === "redis" ? "redis" : "sqlite";
if (values.ledger !== ledger) problems.push("--ledger is sqlite or redis.");
const target = await findTarget(values.target);
const runs = target === undefined ? [] : readFaults(values.faults, target);
for (const problem of problems) console.error(problem);
if (target === undefined || problems.length > 0) process.exit(1);

console.log(`${target.name} ${target.version}: ${target.configuration}`);
const reports: TortureReport[] = [];
for (const faults of runs) {
  console.log(
    `\n${instances} instance${instances === 1 ? "" : "s"} of ${workers} process${workers === 1 ? "" : "es"}, ` +
      `ledger ${target === coatcheck ? ledger : "its own"}, access tokens live ${tokenSeconds} s, refresh tokens work once`,
  );
  const report = await torture({
    target,
    instances,
    workers,
    rounds,
    ledger,
    seed,
    faults,
    tokenSeconds,
    tokenEndpointMs,
    pageEvery,
    staleDelaysMs,
    outageSeconds,
    shapes: { waveCalls },
    ...(sessions === undefined ? {} : { sessions }),
    onPlan: (lines) => console.log(lines.join("\n")),
    onTurn(turn, { storm }) {
      if (storm !== undefined) console.log(`  turn ${turn}: ${stormWords(storm)}`);
    },
    onProgress: (progress) => console.log(describeProgress(progress)),
  });
  reports.push(report);
  if (values.json !== undefined) await appendToJsonList(values.json, [report]);
  summarise(report);
}
const isBroken = reports.some((report) => brokenPromises(report).length > 0);
process.exitCode = isBroken && target === coatcheck ? 1 : 0;

async function findTarget(name: string): Promise<Target | undefined> {
  switch (name) {
    case "coatcheck":
      return coatcheck;
    case "hono-oidc-auth":
      return (await import("./adapters/hono-oidc-auth.ts")).honoOidcAuth;
    case "express-openid-connect":
      return (await import("./adapters/express-openid-connect.ts")).expressOpenidConnect;
    default:
      problems.push("--target is coatcheck, hono-oidc-auth or express-openid-connect.");
      return undefined;
  }
}

function readFaults(list: string | undefined, { name }: Target): readonly (readonly FaultName[])[] {
  const fitting = FAULT_NAMES.filter((fault) => fault !== "redis" || ledger === "redis");
  if (list === undefined) return name === coatcheck.name ? [[], fitting] : [[]];
  if (list === "none" || list === "") return [[]];
  if (list === "all") return [fitting];
  const wanted = list.split(",").map((word) => word.trim());
  const known = fitting.filter((fault) => wanted.includes(fault));
  if (known.length < wanted.length) problems.push(`--faults is none, all, or some of ${fitting.join(",")}.`);
  return [known];
}

function describeProgress({ turn, turns, tally, inBackground }: TortureProgress): string {
  return (
    `  turn ${turn} of ${turns}: ${tally.rounds} rounds, ${tally.apiOk} of ${tally.apiCalls} calls 200, ` +
    `${tally.countedTokenCalls} token calls in ${tally.countedRounds} counted rounds, ${tally.sessionsLost} sessions lost` +
    (inBackground === 0 ? "" : `, ${inBackground} watched on`)
  );
}

function summarise(report: TortureReport): void {
  const rows: readonly (readonly [string, unknown])[] = [
    ["rounds", report.rounds],
    ["calls without a fault", report.apiCalls],
    ["of those 200", report.apiOk],
    ["token calls by the provider's count", report.tokenCalls],
    ["in rounds without a storm", `${report.countedTokenCalls} in ${report.countedRounds}`],
    ...(report.slowRounds === 0
      ? []
      : [["in rounds too slow to count", `${report.slowTokenCalls} in ${report.slowRounds}`] as const]),
    ["reuse detected, grants revoked", `${report.reuseDetected}, ${report.grantsRevoked}`],
    ["sessions lost", report.sessionsLost],
    ["lost in flight at kill -9", `${report.lostInFlight} of ${report.inFlightAtKill} in flight`],
    ["faults", JSON.stringify(report.faults)],
    ...Object.entries(report.faulted).map(
      ([fault, { calls, ok, others }]) =>
        [
          `calls under ${fault}`,
          `${ok} of ${calls} answered 200, others by status: ${JSON.stringify(others)}`,
        ] as const,
    ),
    ...Object.entries(report.stale).map(
      ([delay, { shown, replayed, tokenCalls }]) =>
        [
          `stale after ${delay} ms`,
          `${replayed} of ${shown} answered 200, ${tokenCalls} token calls`,
        ] as const,
    ),
    ["sign-outs, calls answered after", `${report.signOuts}, ${report.signOutsUndone}`],
    ["slowest call without a fault", `${report.slowestMs} ms`],
    ["took", `${report.seconds} s`],
  ];
  console.log("");
  for (const [name, value] of rows) console.log(`  ${name.padEnd(36)} ${String(value)}`);
  for (const surprise of report.surprises) console.log(`  ! ${surprise}`);
  const broken = brokenPromises(report);
  console.log(broken.length === 0 ? "  All promises kept." : `  Broken: ${broken.join("; ")}.`);
}
