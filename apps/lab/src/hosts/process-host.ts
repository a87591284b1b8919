import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";
import type { ExampleHost, RunningHost } from "./host.ts";

export interface ProcessHostOptions extends Pick<ExampleHost, "name" | "example" | "lacks"> {
  readonly runtime: string;
  /** The program, where it is installed. */
  readonly program: () => string | undefined;
  /** Before the example's file. */
  readonly args?: readonly string[];
}

const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** An example that is a process of its own. */
export function createProcessHost({
  runtime,
  program,
  args = [],
  ...options
}: ProcessHostOptions): ExampleHost {
  function demanded(): string {
    const found = program();
    if (found === undefined) throw new Error(`${options.name} isn't installed: pnpm runtimes does that.`);
    return found;
  }
  return {
    ...options,
    isAtHand: () => program() !== undefined,
    version() {
      const { stdout } = spawnSync(demanded(), ["--version"], { encoding: "utf8" });
      return `${runtime} ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? ""}`;
    },
    start: (setting, folder) =>
      startProcess(
        demanded(),
        [...args, join(repositoryRoot, options.example)],
        { ...setting },
        folder,
        `http://127.0.0.1:${setting.PORT}/healthz`,
      ),
  };
}

/** Starts a server and waits until it answers. @throws {Error} with what it said if it doesn't */
export async function startProcess(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string,
  healthUrl: string,
): Promise<RunningHost> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const endMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(healthUrl))) {
    if (hasEnded() || performance.now() > endMs) {
      child.kill("SIGKILL");
      throw new Error(`${program} ${args.join(" ")} did not start:\n${output.join("")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return {
    output: () => output.join(""),
    async stop() {
      if (!hasEnded()) child.kill("SIGTERM");
      const [code, signal] = await exited;
      return code ?? signal;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Not yet.
    return false;
  }
}
