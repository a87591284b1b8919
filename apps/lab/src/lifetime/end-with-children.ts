import { spawnSync } from "node:child_process";
import { constants } from "node:os";

const ENDING = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * However this command ends, what it has started ends with it: servers, their workers, Redis, also what is frozen. Only `kill -9`
 * of the command itself leaves them.
 */
export function endWithChildren(): void {
  for (const signal of ENDING) process.once(signal, () => process.exit(128 + constants.signals[signal]));
  process.once("exit", killDescendants);
}

/** Halted first, so that none starts another one meanwhile. */
function killDescendants(): void {
  const halted = new Set<number>();
  for (;;) {
    const found = descendants().filter((pid) => !halted.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      halted.add(pid);
      send(pid, "SIGSTOP");
    }
  }
  for (const pid of halted) send(pid, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Those of this process, with theirs, but for what lists them, and for watchdogs, which clean up when what they watch is gone. */
function descendants(): readonly number[] {
  const listed = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const children = new Map<number, number[]>();
  for (const line of listed.stdout.trim().split("\n")) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/u, 2).map(Number);
    if (pid === listed.pid || line.includes(" watchdog ")) continue;
    const others = children.get(parent);
    if (others === undefined) children.set(parent, [pid]);
    else others.push(pid);
  }
  const below = (parent: number): readonly number[] =>
    (children.get(parent) ?? []).flatMap((pid) => [pid].concat(below(pid)));
  return below(process.pid);
}
