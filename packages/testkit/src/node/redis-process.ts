import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const READY = /Ready to accept connections|Server initialized|Sentinel ID is/u;
const run = promisify(execFile);

/** One `redis-server` that runs. */
export interface LaunchedRedis {
  freeze(): void;
  thaw(): void;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts it, and waits until it takes connections. */
export async function launchRedis(file: string, args: readonly string[]): Promise<LaunchedRedis> {
  const child = spawn(file, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ready = Promise.withResolvers<void>();
  child.once("error", ready.reject);
  child.once("exit", (code) => ready.reject(new Error(`redis-server ended at once, code ${code}.`)));
  child.stdout.on("data", (chunk) => {
    if (READY.test(String(chunk))) ready.resolve();
  });
  await ready.promise;
  return {
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    },
  };
}

/** What an operator would type: `redis-cli` or `valkey-cli`, which lies beside the server. @throws {Error} with what Redis says */
export async function redisCli(file: string, port: number, ...command: readonly string[]): Promise<string> {
  const { stdout } = await run(file.replace(/server$/u, "cli"), ["-p", String(port), ...command]);
  if (/^(?:\(error\) )?(?:ERR|[A-Z]+DOWN) /u.test(stdout)) throw new Error(`${command.join(" ")}: ${stdout}`);
  return stdout;
}

const EVERY_MS = 50;

/** @throws {Error} if it doesn't hold within a time that is enough for a busy machine */
export async function untilTrue(
  what: string,
  isSo: () => Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`${what} didn't come to be in ${withinMs} ms.`);
    await new Promise((resolve) => {
      setTimeout(resolve, EVERY_MS);
    });
  }
}
