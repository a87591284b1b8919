import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Cell } from "./cell.ts";
import { COLUMNS } from "./columns.ts";
import { ROWS } from "./rows.ts";

/** All cells of a run, or of several: one that is played again takes its old one's place. */
export interface Claims {
  /** What printed them. */
  readonly command: string;
  readonly node: string;
  readonly cells: readonly Cell[];
}

/** @returns `undefined` where there is no such file */
export function readClaims(file: string): Claims | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Claims;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** In the order of the table; whole or not at all, so that a run that is broken off can go on. */
export function writeClaims(file: string, claims: Claims): void {
  const cells = claims.cells.toSorted((one, other) => placeOf(one) - placeOf(other));
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...claims, cells }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function withCell({ cells, ...claims }: Claims, cell: Cell): Claims {
  return { ...claims, cells: [...cells.filter((one) => !isSameCell(one, cell)), cell] };
}

export function isSameCell(one: Pick<Cell, "row" | "column">, other: Pick<Cell, "row" | "column">): boolean {
  return one.row === other.row && one.column === other.column;
}

function placeOf({ row, column }: Cell): number {
  const columns = Object.keys(COLUMNS);
  return Object.keys(ROWS).indexOf(row) * columns.length + columns.indexOf(column);
}
