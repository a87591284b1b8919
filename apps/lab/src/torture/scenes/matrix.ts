import { playRounds, type RoundsOptions } from "../rounds/play-rounds.ts";
import type { RoundsReport } from "../rounds/report.ts";
import { defineScene, type Act, type Say } from "../scene.ts";
import { TARGETS, type TortureTarget } from "../stage/target.ts";

type TargetName = keyof typeof TARGETS;

/** A kind of trouble: what of a plain wave of 20 calls is different. `isLong`: it takes minutes. */
interface Column {
  readonly options: Partial<RoundsOptions>;
  /** Of everybody's sessions at once, so a calm batch comes first. */
  readonly isForAll?: true;
  readonly isLong?: true;
}

function oldCookie(seconds: number): Column {
  const isLong = seconds > 60 ? ({ isLong: true } as const) : {};
  return { options: { always: { kind: "stale", delayMs: seconds * 1_000 } }, ...isLong };
}

const COLUMNS: Readonly<Record<string, Column>> = {
  "20 at once": { options: {} },
  "100 at once": { options: { waveCalls: 100 } },
  "page load": { options: { pageEvery: 1 } },
  "ten tabs": { options: { pageEvery: 1, pageCalls: 60 } },
  "two machines": { options: { instances: 2, ledger: "redis" } },
  "slow token endpoint": { options: { tokenEndpointMs: 8_000, tokenSeconds: 30 } },
  "503 three times": { options: { always: { kind: "busy" } } },
  "answer lost": { options: { always: { kind: "cut" } } },
  "old cookie, 5 s": oldCookie(5),
  "old cookie, 40 s": oldCookie(40),
  "old cookie, 540 s": oldCookie(540),
  "client leaves": { options: { always: { kind: "abort" } } },
  "store restarted": { options: { ledger: "redis", faults: ["redis"] }, isForAll: true },
  "store full": { options: { ledger: "redis", faults: ["full"] }, isForAll: true },
  "rolling deploy": { options: { instances: 2, ledger: "redis", faults: ["deploy"] }, isForAll: true },
  "kill -9": { options: { instances: 2, ledger: "redis", faults: ["kill"] }, isForAll: true },
};

/** What became of one target in one column. */
interface Cell {
  readonly target: string;
  readonly version: string;
  readonly trouble: string;
  readonly sessions: number;
  readonly sessionsLost: number;
  /** At `kill -9`: lost with a token call in flight, and how many were. */
  readonly lostInFlight: number;
  readonly inFlightAtKill: number;
  /** Of the calls to which nothing was done. */
  readonly calls: number;
  readonly answered: number;
  readonly tokenCalls: number;
  /** Why there is no result. */
  readonly problem?: string;
}

/** One row a target, one column a kind of trouble; in each cell the sessions that were lost, and of how many. */
export const matrix = defineScene({
  about:
    "every kind of trouble for every BFF that is here, against a provider with strict reuse detection: sessions lost, as a Markdown table",
  options: {
    target: { default: "all", oneOf: ["all", ...(Object.keys(TARGETS) as TargetName[])] },
    only: { default: "" },
    long: { default: "yes", oneOf: ["yes", "no"] },
    sessions: { default: 5, least: 1 },
  },
  acts({ target, only, long, sessions }): readonly Act[] {
    const names = target === "all" ? (Object.keys(TARGETS) as TargetName[]) : [target];
    const wanted = new Set(only.split(",").map((name) => name.trim()));
    const columns = Object.entries(COLUMNS).filter(
      ([name, { isLong }]) => (only === "" || wanted.has(name)) && (long === "yes" || isLong !== true),
    );
    if (columns.length === 0)
      throw new RangeError(`--only takes some of: ${Object.keys(COLUMNS).join(", ")}.`);
    return [
      {
        title: `${names.length} targets, ${columns.length} kinds of trouble, ${sessions} sessions each; sessions lost`,
        async play(say) {
          const cells: Cell[] = [];
          for (const name of names) {
            const found = await TARGETS[name]();
            for (const column of columns) {
              const cell = await playCell(found, column, sessions);
              cells.push(cell);
              say(`${found.name}, ${cell.trouble}: ${cell.problem ?? describe(cell)}`);
            }
          }
          printTable(cells, say);
          const ours = cells.filter((cell) => cell.target === "coatcheck");
          return {
            report: { startedAt: new Date().toISOString(), cells },
            rows: [["sessions of ours lost", ours.reduce((sum, { sessionsLost }) => sum + sessionsLost, 0)]],
            broken: ours
              .filter(
                ({ sessionsLost, trouble, problem }) =>
                  problem !== undefined || (sessionsLost > 0 && trouble !== "answer lost"),
              )
              .map(
                ({ trouble, sessionsLost, problem }) => `${trouble}: ${problem ?? `${sessionsLost} lost`}`,
              ),
          };
        },
      },
    ];
  },
});

async function playCell(
  target: TortureTarget,
  [trouble, { options, isForAll }]: readonly [string, Column],
  sessions: number,
): Promise<Cell> {
  const { name, version } = target;
  const nothing = {
    sessions: 0,
    sessionsLost: 0,
    lostInFlight: 0,
    inFlightAtKill: 0,
    calls: 0,
    answered: 0,
    tokenCalls: 0,
  };
  try {
    const rounds = isForAll === true ? 2 * sessions : sessions;
    const plain = { rounds, sessions, pageEvery: 0, tokenSeconds: 6 };
    // One that keeps its sessions in Redis does so whatever the trouble.
    const ledger = name.endsWith("-redis") ? ({ ledger: "redis" } as const) : {};
    const report = await playRounds({ target, ...plain, ...options, ...ledger });
    return { target: name, version, trouble, ...countsOf(report) };
  } catch (error) {
    // A program that isn't installed, or that can't be set up so.
    const problem = error instanceof Error ? (error.message.split("\n")[0] ?? "failed") : "failed";
    return { target: name, version, trouble, ...nothing, problem };
  }
}

function countsOf(report: RoundsReport) {
  const { rounds, sessionsLost, lostInFlight, inFlightAtKill, apiCalls, apiOk, tokenCalls } = report;
  return {
    sessions: rounds,
    sessionsLost,
    lostInFlight,
    inFlightAtKill,
    calls: apiCalls,
    answered: apiOk,
    tokenCalls,
  };
}

function describe({
  sessions,
  sessionsLost,
  lostInFlight,
  inFlightAtKill,
  calls,
  answered,
  tokenCalls,
}: Cell): string {
  const inFlight = inFlightAtKill > 0 ? `, ${lostInFlight} of ${inFlightAtKill} in flight` : "";
  return `${sessionsLost} of ${sessions} sessions lost${inFlight}; ${answered} of ${calls} calls answered; ${tokenCalls} token calls`;
}

function printTable(cells: readonly Cell[], say: Say): void {
  const columns = [...new Set(cells.map(({ trouble }) => trouble))];
  const targets = [...new Set(cells.map(({ target, version }) => `${target} ${version}`))];
  say("");
  say(`| | ${columns.join(" | ")} |`);
  say(`|---|${columns.map(() => "---").join("|")}|`);
  for (const target of targets) {
    const row = columns.map((trouble) => {
      const cell = cells.find((one) => `${one.target} ${one.version}` === target && one.trouble === trouble);
      if (cell === undefined || cell.problem !== undefined) return "-";
      const inFlight =
        cell.inFlightAtKill > 0 ? ` (and ${cell.lostInFlight} of ${cell.inFlightAtKill} in flight)` : "";
      return `${cell.sessionsLost} of ${cell.sessions}${inFlight}`;
    });
    say(`| ${target} | ${row.join(" | ")} |`);
  }
}
