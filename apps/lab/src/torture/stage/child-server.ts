import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TargetInstance } from "./target.ts";

export interface ChildServerOptions {
  /** A module that serves and writes a line with `listening` when it does, or the path of one. */
  readonly entry: URL | string;
  readonly args?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 60_000;

/** Starts a server of one process and waits until it listens. @throws {Error} with its last lines if it doesn't */
export async function startChildServer({
  entry,
  args = [],
  environment,
}: ChildServerOptions): Promise<TargetInstance> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [typeof entry === "string" ? entry : entry.pathname, ...args], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const ready = Promise.withResolvers<void>();
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > 30) lastLines.shift();
      if (line.includes("listening")) ready.resolve();
    });
  }
  const exited = once(child, "exit");
  child.once("exit", () => ready.reject(new Error(`The server ended at once:\n${lastLines.join("\n")}`)));
  const timer = setTimeout(() => ready.reject(new Error("The server wasn't ready.")), READY_WITHIN_MS);
  try {
    await ready.promise;
  } finally {
    clearTimeout(timer);
  }
  return {
    pids: () => (child.exitCode === null && child.pid !== undefined ? [child.pid] : []),
    replacesItsOwn: false,
    async stop(signal) {
      child.kill(signal);
      await exited;
    },
  };
}
