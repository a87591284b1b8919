import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../repository-root.ts";

/** Another commit beside this one, ready to run. */
export interface Checkout {
  /** The command line of its server. */
  readonly entry: URL;
  remove(): void;
}

/** Checks a commit out into a folder of its own, with its own dependencies. @throws {Error} if it has no such commit, or its packages can't be installed */
export function checkOut(ref: string): Checkout {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-checkout-"));
  const run = (program: string, args: readonly string[], cwd: string): void =>
    void execFileSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  function remove(): void {
    rmSync(folder, { recursive: true, force: true });
    run("git", ["worktree", "prune"], repositoryRoot);
  }
  try {
    run("git", ["worktree", "add", "--quiet", "--detach", folder, ref], repositoryRoot);
    run("pnpm", ["install", "--frozen-lockfile", "--prefer-offline", "--silent"], folder);
    const server = join(folder, "packages/server");
    const { bin } = JSON.parse(readFileSync(join(server, "package.json"), "utf8")) as {
      readonly bin: { readonly coatcheck: string };
    };
    return { entry: pathToFileURL(join(server, bin.coatcheck)), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
