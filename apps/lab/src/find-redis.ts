import { spawnSync } from "node:child_process";

/**
 * Finds `redis-server`, or installs it where that needs no question (root on Debian or Ubuntu).
 *
 * @returns whether one is there now; if not, a line has said what to install.
 */
export function findRedis(say: (line: string) => void): boolean {
  if (isThere("redis-server")) return true;
  if (process.platform === "linux" && process.getuid?.() === 0 && isThere("apt-get")) {
    say("No redis-server found; installing it with apt-get.");
    const quiet = {
      stdio: "ignore",
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    } as const;
    spawnSync("apt-get", ["update"], quiet);
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "redis-server"], quiet);
    if (isThere("redis-server")) return true;
  }
  say(
    "No redis-server on PATH: the Redis tests are skipped by name (and fail under CI=true). Install it with: apt-get install redis-server (Debian), brew install redis (macOS).",
  );
  return false;
}

function isThere(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}
