import { DEEDS, deedNamed, type DeedName } from "./deeds.ts";
import { instancesFor, projectLoad, sessionsAtWall, type Need, type Projection } from "./project-load.ts";
import type { MeasuredLedger, ScaleFigures } from "./scale-figures.ts";
import { USUAL_WORKLOAD, type Workload } from "./workload.ts";

const SIZES = [1e5, 1e6, 1e7, 1e8];
const LEDGERS = { redis: "Redis", postgres: "PostgreSQL" } as const satisfies Record<MeasuredLedger, string>;

/** What each deed costs, in a table. */
export function renderDeeds({ ledgers }: ScaleFigures): string {
  const head =
    "| | steps | messages | commands in Redis | KB with Redis | microseconds of Redis | KB with PostgreSQL | microseconds of PostgreSQL |\n|---|---|---|---|---|---|---|---|\n";
  const rows = (Object.keys(DEEDS) as DeedName[]).map((name) => {
    const [redis, postgres] = [ledgers.redis.deeds[name], ledgers.postgres.deeds[name]];
    const steps = Object.entries(redis.steps).map(
      ([step, count]) => `${step}${count > 1 ? ` x ${round(count)}` : ""}`,
    );
    const kb = ({ bytesToStore, bytesFromStore }: typeof redis): string =>
      round((bytesToStore + bytesFromStore) / 1e3);
    const messages =
      Math.round(redis.roundTrips) === Math.round(postgres.roundTrips)
        ? round(redis.roundTrips)
        : `${round(redis.roundTrips)}, ${round(postgres.roundTrips)}`;
    const cells = [
      deedNamed(name).about,
      steps.join(", ") || "none",
      messages,
      round(redis.commands),
      kb(redis),
      round(redis.storeCpuMicros),
      kb(postgres),
      round(postgres.storeCpuMicros),
    ];
    return `| ${cells.join(" | ")} |\n`;
  });
  return head + rows.join("");
}

/** On what and when it was measured, and what else goes into the model. */
export function renderFigures(figures: ScaleFigures): string {
  const { machine, day, callCpuMicros, processMib, endingBytes, endingCpuMicros, ledgers } = figures;
  const lines = [
    `Measured ${day} on ${machine}.`,
    `A whole call: ${callCpuMicros} microseconds of CPU; a process: ${processMib} MiB; an ending in each process: ${endingBytes} bytes, ${endingCpuMicros} microseconds.`,
    ...(Object.keys(LEDGERS) as MeasuredLedger[]).map((name) => {
      const { recordBytes, generationBytes, signOutBytes, backChannelBytes, start, look } = ledgers[name];
      return `${LEDGERS[name]}: a session ${recordBytes} bytes and ${generationBytes} for each more refresh that it remembers, a sign-out ${signOutBytes}, a back-channel logout ${backChannelBytes}; a look for endings ${look.storeCpuMicros} microseconds; ${start.endings} endings are read in ${start.seconds} s by a process that starts.`;
    }),
  ];
  return lines.map((line) => `- ${line}\n`).join("");
}

/** What 10^5 to 10^8 sessions need, for one ledger. */
export function renderProjections(figures: ScaleFigures, ledger: MeasuredLedger): string {
  const projections = SIZES.map((sessions) => {
    const workload: Workload = { ...USUAL_WORKLOAD, sessions, callsPerSecond: sessions / 20 };
    return projectLoad({ ...workload, instances: instancesFor(workload, figures) }, figures, ledger);
  });
  const rows = [
    ["calls a second", ({ workload }: Projection) => round(workload.callsPerSecond)],
    ["instances of 4 cores, half busy", ({ workload }: Projection) => round(workload.instances)],
    ["refreshes a second", ({ rates }: Projection) => round(rates.refreshes)],
    ["messages to the store a second", ({ roundTrips }: Projection) => round(roundTrips)],
    ...(projections[0]?.needs ?? []).map(
      ({ what, unit }, index) =>
        [`${what}, ${unit}`, ({ needs }: Projection) => describeNeed(needs[index])] as const,
    ),
    ["nearest wall", ({ wall }: Projection) => `${wall.what}: ${round(100 * wall.used)} %`],
  ] as const;
  const head = `| ${LEDGERS[ledger]} | ${SIZES.map((sessions) => `10^${Math.log10(sessions)} sessions`).join(" | ")} |\n|---|${"---|".repeat(SIZES.length)}\n`;
  return head + rows.map(([what, of]) => `| ${what} | ${projections.map(of).join(" | ")} |\n`).join("");
}

/** Real runs beside the model. */
export function renderChecks({ checks = [] }: Pick<ScaleFigures, "checks">): string {
  return checks
    .map(({ ledger, workload, seconds, calls, failed, compared }) => {
      const { sessions, callsPerSecond, tokenLifeSeconds, instances, workers } = workload;
      const title = `${LEDGERS[ledger]}: ${round(sessions)} sessions, ${round(callsPerSecond)} calls a second, access tokens live ${tokenLifeSeconds} s, ${instances * workers} keepers, ${round(seconds)} s; of ${calls} calls ${failed} got no token.\n\n`;
      const rows = compared.map(
        ({ what, model, found }) =>
          `| ${what} | ${round(model)} | ${round(found)} | ${round(100 * (found / model - 1))} % |\n`,
      );
      return `${title}| | model | found | off by |\n|---|---|---|---|\n${rows.join("")}`;
    })
    .join("\n");
}

/** In lines, for one workload. */
export function describeProjection(projection: Projection, figures: ScaleFigures): readonly string[] {
  const { workload, ledger, rates, roundTrips, commands, needs, wall } = projection;
  const { sessions, callsPerSecond, tokenLifeSeconds, callsAtOnce, instances, workers } = workload;
  return [
    `${round(sessions)} sessions, ${round(callsPerSecond)} calls a second in pages of ${callsAtOnce}, access tokens live ${tokenLifeSeconds} s, ${instances} x ${workers} processes, ${LEDGERS[ledger]}`,
    `a second: ${round(rates.refreshes)} refreshes (${round(rates.refreshesAhead)} ahead of need), ${round(rates.joined)} joined, ${round(rates.awaited)} waited elsewhere, ${round(rates.touches)} touches, ${round(rates.acknowledged)} acknowledged, ${round(rates.signIns)} sign-ins, ${round(rates.signOuts)} sign-outs`,
    `messages to the store: ${round(roundTrips)} a second, commands ${round(commands)}; endings known everywhere: ${round(rates.endingsKept)}; generations kept a session: ${round(rates.generationsKept)}`,
    ...needs.map(
      (need) =>
        `${need.what}: ${describeNeed(need)} ${need.unit}${need.limit === undefined ? "" : ` of ${round(need.limit)}`}`,
    ),
    `first wall: ${wall.what}, ${round(100 * wall.used)} % used here, reached at about ${round(sessionsAtWall(workload, figures, ledger))} sessions`,
  ];
}

function describeNeed(need: Need | undefined): string {
  return need === undefined ? "" : round(need.amount);
}

const LARGEST_WHOLE = 100_000;

/** Three digits that count. */
function round(value: number): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) < LARGEST_WHOLE ? String(rounded) : rounded.toLocaleString("en-GB");
}
