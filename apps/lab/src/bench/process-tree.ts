import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second. */
const SECONDS_PER_TICK = 0.01;

interface Stat {
  readonly parent: number;
  readonly ticks: number;
}

/** Of `/proc/<pid>/stat`, the fields after the program's name, which may hold anything: parent, user and system time, those of ended children. */
function readStat(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent = 0] = fields.slice(1);
    return { parent, ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) };
  } catch {
    // It has ended since it was listed.
    return undefined;
  }
}

/** The processes, and all that they have begun. */
export function treeOf(roots: readonly number[]): readonly number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (stat !== undefined) parents.set(pid, stat.parent);
  }
  const tree = new Set(roots);
  for (let grew = true; grew;) {
    grew = false;
    for (const [pid, parent] of parents) {
      if (tree.has(pid) || !tree.has(parent)) continue;
      tree.add(pid);
      grew = true;
    }
  }
  return [...tree];
}

/** CPU seconds that these processes have used so far, all their threads and their ended children included. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readStat(pid)?.ticks ?? 0), 0) * SECONDS_PER_TICK;
}

/** Memory that these processes hold, what they share counted once, in MiB. */
export function memoryMib(pids: readonly number[]): number {
  const kib = pids.map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // It has ended, or another user's.
      return 0;
    }
  });
  return kib.reduce((sum, one) => sum + one, 0) / 1024;
}
