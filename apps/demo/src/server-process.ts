import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DemoError } from "./demo-error.ts";

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process that serves the BFF and the page. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** Sends the signal and waits until the process has ended. */
  stop(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<ProcessExit>;
}

export interface ServerProcessOptions {
  /** The whole configuration; of the parent's environment only what programs need to run is added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `serve` is the production server, `demo` the same with the demo part. */
  readonly entry: "serve" | "demo";
  /** Gets every line of its output. */
  readonly onLine: (line: string) => void;
}

/** With the flag that `pnpm serve` and the deployments start it with: docs/guides/limits.md. */
const ENTRIES = {
  serve: [
    "--max-semi-space-size=8",
    createRequire(import.meta.url).resolve("@coatcheck/server/coatcheck"),
    "serve",
  ],
  demo: [fileURLToPath(new URL("./server.ts", import.meta.url))],
} as const;
const INHERITED = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "NODE_EXTRA_CA_CERTS"];
const READY_WITHIN_MS = 30_000;
/** For the last lines of a process that has ended. */
const LAST_WORDS_MS = 500;

/**
 * Starts the server as a child process and waits until it listens.
 *
 * @throws {DemoError} `child_exited` with what it said, or `not_ready`
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const child = spawn(process.execPath, ENTRIES[options.entry], {
    env: { ...Object.fromEntries(inherited), ...options.environment },
    // The channel tells the child when this process is gone, however it went.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const lastLines: string[] = [];
  const listening = Promise.withResolvers<"listening">();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > 30) lastLines.shift();
      // Its own word, and not an answer at the port: there, another program might answer.
      if (/"event":"listening"| listening /.test(line)) listening.resolve("listening");
      options.onLine(line);
    });
  }
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code, signal) => {
      const exit = { code, signal };
      child.once("close", () => resolve(exit));
      // Workers that outlive it hold its output open.
      setTimeout(() => resolve(exit), LAST_WORDS_MS);
    });
    child.once("error", () => resolve({ code: null, signal: null }));
  });
  const timer = Promise.withResolvers<"late">();
  const timeout = setTimeout(() => timer.resolve("late"), READY_WITHIN_MS);
  const first = await Promise.race([listening.promise, exited, timer.promise]);
  clearTimeout(timeout);
  if (first === "late") {
    child.kill("SIGKILL");
    throw new DemoError("not_ready", `The server wasn't ready within ${READY_WITHIN_MS / 1000} s.`);
  }
  if (first !== "listening")
    throw new DemoError("child_exited", `The server ended at once:\n${lastLines.join("\n")}`);
  return {
    pid: child.pid ?? 0,
    exited,
    stop(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
