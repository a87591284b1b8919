import type { Cell, EmptyCell, PlayedCell } from "./cell.ts";
import type { Claims } from "./claims-file.ts";
import { COLUMNS, type Column } from "./columns.ts";
import { ROWS, rowNamed, type Row, type RowName } from "./rows.ts";

/** What the README shows: columns that tell the BFFs apart. */
const SHORT_COLUMNS = [
  "20 at once",
  "page load",
  "two machines",
  "slow token endpoint",
  "503 three times",
  "client leaves",
  "old cookie 40 s",
  "rolling deploy",
] as const;

/** Sessions lost: one row a BFF, one column a kind of trouble. */
export function renderLostSessions(claims: Claims): string {
  return renderCells(claims, Object.keys(COLUMNS), rowNames(), describeLoss);
}

/** The same in a few rows and columns. */
export function renderShortClaims(claims: Claims): string {
  const rows = rowNames().filter((name) => rowNamed(name).isShown === true);
  return renderCells(claims, SHORT_COLUMNS, rows, describeLoss);
}

/** Calls that were answered 200, of all, and the token calls that this took. */
export function renderAnsweredCalls(claims: Claims): string {
  return renderCells(claims, Object.keys(COLUMNS), rowNames(), describeCalls);
}

/** What each kind of trouble is. */
export function renderTroubles(): string {
  return Object.entries(COLUMNS)
    .map(([name, { about }]) => `- **${name}**: ${about}.\n`)
    .join("");
}

/** When and how it was run. */
export function renderClaimsRun({ command, node, cells }: Claims): string {
  const days = cells.map(({ startedAt }) => startedAt.slice(0, 10)).toSorted();
  const [first = "", last = first] = [days[0], days.at(-1)];
  const when = first === last ? first : `${first} to ${last}`;
  return `\`${command}\`, ${when}, Node ${node}.\n`;
}

/** In words, for a line while it runs. */
export function describeCell({ outcome }: Cell): string {
  if (outcome.kind !== "played") return describeEmpty(outcome);
  const { sessions, calls, answered, tokenCalls, tookSeconds, slowRounds } = outcome;
  const slow = slowRounds > 0 ? `, ${slowRounds} rounds too slow to count them` : "";
  return `lost ${describeLoss(outcome)} of ${sessions} sessions; ${answered} of ${calls} calls answered; ${tokenCalls} token calls${slow}; ${tookSeconds} s`;
}

/** What of ours must not be, in words. */
export function brokenClaims({ cells }: Claims): readonly string[] {
  return cells.flatMap(({ row, column, outcome }) => {
    const { isOurs }: Row = rowNamed(row as RowName);
    const { isHopeless }: Pick<Column, "isHopeless"> = COLUMNS[column] ?? {};
    if (isOurs !== true || outcome.kind === "not-offered") return [];
    if (outcome.kind !== "played") return [`${row}, ${column}: ${outcome.why}`];
    const isBroken = outcome.roundsWithoutTrouble > 0 || (outcome.sessionsLost > 0 && isHopeless !== true);
    return isBroken ? [`${row}, ${column}: ${describeLoss(outcome)} lost`] : [];
  });
}

function rowNames(): readonly RowName[] {
  return Object.keys(ROWS) as RowName[];
}

function renderCells(
  { cells }: Claims,
  wanted: readonly string[],
  rows: readonly RowName[],
  describe: (cell: PlayedCell) => string,
): string {
  const columns = wanted.filter((name) => cells.some(({ column }) => column === name));
  const lines = rows.flatMap((name) => {
    const own = cells.filter(({ row }) => row === name);
    const [first] = own;
    if (first === undefined) return [];
    const row = rowNamed(name);
    const label = row.isOurs === true ? `**${row.label}**` : `${row.label} ${first.version}`;
    const values = columns.map((column) => {
      const outcome = own.find((cell) => cell.column === column)?.outcome;
      if (outcome === undefined) return "";
      return outcome.kind === "played" ? describe(outcome) : describeEmpty(outcome);
    });
    return [`| ${[label, ...values].join(" | ")} |\n`];
  });
  return `| | ${columns.join(" | ")} |\n|---|${columns.map(() => "---|").join("")}\n${lines.join("")}`;
}

function describeEmpty({ kind }: EmptyCell): string {
  return kind === "not-offered" ? "–" : "not here";
}

function describeLoss(cell: PlayedCell): string {
  const {
    sessionsLost,
    sessionsUnclear,
    lostInFlight,
    inFlightAtKill,
    roundsWithoutTrouble,
    underWayAtDeploy = 0,
  } = cell;
  const notes = [
    ...(sessionsUnclear > 0 ? [`${sessionsUnclear} unclear`] : []),
    ...(inFlightAtKill > 0 ? [`in flight ${lostInFlight} of ${inFlightAtKill}`] : []),
    ...(underWayAtDeploy > 0 ? [`under way ${underWayAtDeploy}`] : []),
    ...(roundsWithoutTrouble > 0 ? [`${roundsWithoutTrouble} not met`] : []),
  ];
  const lost = String(sessionsLost);
  return notes.length === 0 ? lost : `${lost} (${notes.join(", ")})`;
}

function describeCalls({ calls, answered, tokenCalls }: PlayedCell): string {
  return `${answered} of ${calls}; ${tokenCalls}`;
}
