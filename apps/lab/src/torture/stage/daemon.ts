import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { TargetInstance } from "./target.ts";
import { sleep } from "./sleep.ts";

const READY_WITHIN_MS = 60_000;

/** Is a program of this name on the PATH, or at this path? */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v "$0" >/dev/null`, program]).status === 0;
}

export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What has it finish its work and end. Default `SIGTERM`. */
  readonly endSignal?: "SIGWINCH";
}

/** Starts a program that serves in the foreground and waits until its port answers. @throws {Error} with its last lines if it doesn't */
export async function startDaemon({
  program,
  args,
  port,
  environment,
  endSignal,
}: DaemonOptions): Promise<TargetInstance> {
  const { PATH = "", HOME = "" } = process.env;
  // A group of its own: such programs have workers, which must not outlive a kill of the whole.
  const child = spawn(program, args, {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let lastWords = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2_000)));
  const exited = once(child, "exit");
  // Below, it is seen as the end of the program.
  exited.catch((error: Error) => (lastWords += error.message));
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answers(port))) {
    if (child.pid === undefined || child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${program} doesn't serve:\n${lastWords}`);
    }
    await sleep(50);
  }
  return {
    pids: () => (child.exitCode === null && child.pid !== undefined ? [child.pid] : []),
    replacesItsOwn: false,
    async stop(signal) {
      if (child.pid !== undefined && child.exitCode === null) {
        if (signal === "SIGKILL") process.kill(-child.pid, signal);
        else process.kill(child.pid, endSignal ?? signal);
      }
      await exited;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
