import { readFileSync } from "node:fs";

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;
/** Of the fields after the program's name, which may hold anything, in `/proc/<pid>/stat`: user and system time. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** CPU time that a process has used so far, all its threads, in milliseconds; `undefined` where the system doesn't tell. */
export function processCpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * MS_PER_TICK;
  } catch {
    // No such file on other systems: the bench falls back to the time on the wall.
    return undefined;
  }
}
