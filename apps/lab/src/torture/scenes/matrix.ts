import { whyNotOffered, type Cell } from "../matrix/cell.ts";
import { isSameCell, readClaims, withCell, writeClaims, type Claims } from "../matrix/claims-file.ts";
import { COLUMNS, type Column } from "../matrix/columns.ts";
import { playCells, type CellJob } from "../matrix/play-cells.ts";
import {
  brokenClaims,
  describeCell,
  renderLostSessions,
  renderShortClaims,
} from "../matrix/render-claims.ts";
import { ROWS, rowNamed, type RowName } from "../matrix/rows.ts";
import { defineScene, type Act, type Say } from "../scene.ts";
import { TARGETS } from "../stage/target.ts";

const ROW_NAMES = Object.keys(ROWS) as RowName[];

/** One row a BFF, one column a kind of trouble; in each cell the sessions that were lost, and of how many. */
export const matrix = defineScene({
  about:
    "every kind of trouble for every BFF that is here, against a provider with strict reuse detection: sessions lost. With --json, cells that are in the file already aren't played again",
  options: {
    target: { default: "all", oneOf: ["all", ...ROW_NAMES] },
    only: { default: "" },
    sessions: { default: 5, least: 1 },
    atOnce: { default: 2, least: 1 },
    again: { default: "no", oneOf: ["yes", "no"] },
    json: { default: "" },
  },
  acts({ target, only, sessions, atOnce, again, json }): readonly Act[] {
    const rows = target === "all" ? ROW_NAMES : [target];
    const columns = chooseColumns(only);
    return [
      {
        title: `${rows.length} BFFs, ${columns.length} kinds of trouble, ${sessions} sessions each`,
        async play(say) {
          let claims: Claims = {
            cells: [],
            ...(json === "" ? {} : readClaims(json)),
            command: `pnpm torture --matrix --sessions ${sessions}`,
            node: process.version,
          };
          const known =
            again === "yes" ? [] : claims.cells.filter(({ outcome }) => outcome.kind !== "failed");
          let left = 0;
          const keep = (cell: Cell): void => {
            claims = withCell(claims, cell);
            if (json !== "") writeClaims(json, claims);
            left -= cell.outcome.kind === "not-offered" ? 0 : 1;
            say(`${cell.row}, ${cell.column}: ${describeCell(cell)} (${left} to come)`);
          };
          const jobs: CellJob[] = [];
          for (const name of rows) {
            const wanted = columns.filter(
              ([column]) => !known.some((cell) => isSameCell(cell, { row: name, column })),
            );
            jobs.push(...(await jobsOf(name, wanted, keep)));
          }
          left = jobs.length;
          await playCells(jobs, { sessions, atOnce }, keep);
          printLines(renderLostSessions(claims), say);
          printLines(renderShortClaims(claims), say);
          const played = claims.cells.filter(({ row }) => rowNamed(row as RowName).isOurs === true);
          return {
            rows: [["cells of ours", played.length]],
            broken: brokenClaims(claims),
          };
        },
      },
    ];
  },
});

function chooseColumns(only: string): readonly (readonly [string, Column])[] {
  const columns = Object.entries(COLUMNS);
  if (only === "") return columns;
  const wanted = only.split(",").map((name) => name.trim());
  const chosen = columns.filter(([name]) => wanted.includes(name));
  if (chosen.length < wanted.length)
    throw new RangeError(`--only takes some of: ${Object.keys(COLUMNS).join(", ")}.`);
  return chosen;
}

/** What of a row is to be played. What can't be goes to `keep` at once. */
async function jobsOf(
  row: RowName,
  columns: readonly (readonly [string, Column])[],
  keep: (cell: Cell) => void,
): Promise<readonly CellJob[]> {
  if (columns.length === 0) return [];
  const startedAt = new Date().toISOString();
  let version = "";
  try {
    const target = await TARGETS[rowNamed(row).target]();
    ({ version } = target);
    await target.prepare?.();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    for (const [column] of columns)
      keep({ row, column, version, startedAt, outcome: { kind: "failed", why } });
    return [];
  }
  return columns.flatMap(([column, kind]) => {
    const why = whyNotOffered(rowNamed(row), kind);
    if (why === undefined) return [{ row, column, version, waits: kind.waits === true }];
    keep({ row, column, version, startedAt, outcome: { kind: "not-offered", why } });
    return [];
  });
}

function printLines(text: string, say: Say): void {
  say("");
  for (const line of text.split("\n")) say(line);
}
