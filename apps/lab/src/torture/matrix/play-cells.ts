import { fork } from "node:child_process";
import { once } from "node:events";
import { workThrough } from "../../work-through.ts";
import type { Cell, EmptyCell, PlayedCell } from "./cell.ts";

/** A cell that is to be played. */
export interface CellJob {
  readonly row: string;
  readonly column: string;
  readonly version: string;
  readonly waits: boolean;
}

/** Cells that mostly wait, beside each one that works. */
const WAITING_BESIDE = 3;
const PROCESS = new URL("./cell.process.ts", import.meta.url);

/**
 * Plays all cells, each in a process of its own.
 *
 * @param atOnce cells that work; three times as many that mostly wait go on beside them
 */
export async function playCells(
  jobs: readonly CellJob[],
  { sessions, atOnce }: { readonly sessions: number; readonly atOnce: number },
  onCell: (cell: Cell) => void,
): Promise<void> {
  const play = async (job: CellJob): Promise<void> => {
    const { row, column, version } = job;
    const startedAt = new Date().toISOString();
    onCell({ row, column, version, startedAt, outcome: await playAlone(job, sessions) });
  };
  const [waiting, working] = [jobs.filter(({ waits }) => waits), jobs.filter(({ waits }) => !waits)];
  await Promise.all([
    workThrough(working, atOnce, play),
    workThrough(waiting, WAITING_BESIDE * atOnce, play),
  ]);
}

async function playAlone({ row, column }: CellJob, sessions: number): Promise<PlayedCell | EmptyCell> {
  const child = fork(PROCESS, [row, column, String(sessions)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let outcome: PlayedCell | EmptyCell | undefined;
  let lastWords = "";
  child.on("message", (message) => (outcome = message as PlayedCell | EmptyCell));
  child.stderr?.on("data", (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2_000)));
  // Not until all of its output is closed: a program that it left behind would hold that open.
  await once(child, "exit");
  return outcome ?? { kind: "failed", why: `its process ended early: ${lastWords.trim()}` };
}
