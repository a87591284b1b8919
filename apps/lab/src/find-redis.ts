import { findServer } from "./find-server.ts";

/**
 * Finds `redis-server`, or installs it where that needs no question (root on Debian or Ubuntu).
 *
 * @returns whether one is there now; if not, a line has said what to install.
 */
export function findRedis(say: (line: string) => void): boolean {
  return findServer({ name: "redis-server", debian: "redis-server", homebrew: "redis" }, say);
}
