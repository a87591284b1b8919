import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

/** A server that some tests are about, and what packages of it are called. */
interface WantedServer {
  /** Of its executable. */
  readonly name: string;
  readonly debian: string;
  readonly homebrew: string;
  /** Where Debian keeps it, if not on the PATH. */
  readonly place?: string;
}

/**
 * Finds a server, or installs it where that needs no question (root on Debian or Ubuntu).
 *
 * @returns whether one is there now; if not, a line has said what to install.
 */
export function findServer(wanted: WantedServer, say: (line: string) => void): boolean {
  const { name, debian, homebrew } = wanted;
  if (isThere(wanted)) return true;
  if (process.platform === "linux" && process.getuid?.() === 0 && answers("apt-get")) {
    say(`No ${name} found; installing it with apt-get.`);
    const quiet = {
      stdio: "ignore",
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    } as const;
    spawnSync("apt-get", ["update"], quiet);
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", debian], quiet);
    if (isThere(wanted)) return true;
  }
  say(
    `No ${name} found: its tests are skipped by name (and fail under CI=true). Install it with: apt-get install ${debian} (Debian), brew install ${homebrew} (macOS).`,
  );
  return false;
}

function isThere({ name, place }: WantedServer): boolean {
  return answers(name) || (place !== undefined && globSync(place).length > 0);
}

function answers(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}
