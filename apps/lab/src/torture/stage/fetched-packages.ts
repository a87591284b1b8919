import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** One command of a set-up. */
export interface SetUpStep {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A BFF whose packages aren't among our dependencies, which they would multiply: they are fetched into a folder of the machine's
 * temporary ones when it is first asked for, and stay there.
 */
export interface FetchedTarget {
  /** Of its folder, which holds a copy of its sources. */
  readonly name: string;
  /** Its sources. */
  readonly sources: URL;
  /** Run in its folder, in order. */
  readonly steps: readonly SetUpStep[];
}

const STEP_WITHIN_MS = 600_000;
const READY = "coatcheck-ready";

/** Installs exact versions of npm packages, as `package.json` of the sources says, without running any of their scripts. */
export const INSTALL_NPM_PACKAGES: SetUpStep = {
  program: "pnpm",
  args: ["install", "--ignore-workspace", "--ignore-scripts", "--no-frozen-lockfile"],
};

/** One for each state of its sources, so that no run takes another's away. */
export function folderOf({ name, sources, steps }: FetchedTarget): string {
  const folder = fileURLToPath(sources);
  const hash = createHash("sha256").update(JSON.stringify(steps));
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const path of entries.map(({ parentPath, name: file }) => join(parentPath, file)).toSorted())
    hash.update(relative(folder, path)).update(readFileSync(path));
  return join(tmpdir(), "coatcheck-peers", `${name}-${hash.digest("hex").slice(0, 12)}`);
}

/** Does what is left to do. @throws {Error} with a command's last words if it fails */
export function fetchTarget(target: FetchedTarget): void {
  const folder = folderOf(target);
  if (existsSync(join(folder, READY))) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(fileURLToPath(target.sources), folder, { recursive: true });
  for (const { program, args, environment = {} } of target.steps) {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: folder,
      env: { ...process.env, ...environment },
      encoding: "utf8",
      timeout: STEP_WITHIN_MS,
    });
    if (status === 0) continue;
    const lastWords = error?.message ?? `${stdout}${stderr}`.trim().slice(-600);
    throw new Error(`${target.name} can't be set up here: ${program} ${args.join(" ")}: ${lastWords}`);
  }
  writeFileSync(join(folder, READY), "");
}

/** The exact version of a package that the sources ask for. */
export function askedVersion({ sources }: Pick<FetchedTarget, "sources">, name: string): string {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", sources), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return dependencies[name] ?? "unknown";
}
