import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";

/** Outside the workspace: together they weigh some 400 MB, which nobody needs for anything else. */
const FOLDER = join(repositoryRoot, ".cache", "hosts");
const MANIFEST = `${JSON.stringify(
  { private: true, dependencies: { bun: "1.4.5", deno: "2.9.6", miniflare: "4.20260730.0" } },
  null,
  2,
)}\n`;

/** Each comes as a package for the platform, which needs no install script. */
const BINARIES = {
  bun: "@oven/bun-*/bin/bun{,.exe}",
  deno: "@deno/*/deno{,.exe}",
  workerd: "@cloudflare/workerd-*/bin/workerd{,.exe}",
} as const;

export type RuntimeName = keyof typeof BINARIES;

/** Where a runtime's program is; `undefined`: it isn't installed. */
export function findRuntime(name: RuntimeName): string | undefined {
  const modules = join(FOLDER, "node_modules");
  const [found] = existsSync(modules) ? globSync(BINARIES[name], { cwd: modules }) : [];
  return found === undefined ? undefined : join(modules, found);
}

/** The module that starts workerd. */
export function miniflareModule(): string {
  return join(FOLDER, "node_modules", "miniflare", "dist", "src", "index.js");
}

/** Installs all of them with npm, unless they are there. @throws {Error} where the registry can't give them */
export function installRuntimes(): void {
  const manifest = join(FOLDER, "package.json");
  const isThere = existsSync(manifest) && readFileSync(manifest, "utf8") === MANIFEST;
  if (isThere && Object.keys(BINARIES).every((name) => findRuntime(name as RuntimeName))) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(manifest, MANIFEST);
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  const { status } = spawnSync("npm", args, {
    cwd: FOLDER,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed with ${status} in ${FOLDER}.`);
}
