import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  readdirSync,
  rmSync,
  symlinkSync,
  existsSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryRoot } from "./repository-root.ts";

/**
 * `pnpm test:packages`: packs every package that is published, lays the tarballs out as an install would, and imports each
 * of their entries with plain Node. Without this, `exports` that only work on sources would be found by users.
 */
interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const folders = readdirSync(join(repositoryRoot, "packages")).map((name) =>
  join(repositoryRoot, "packages", name),
);
const published = folders.filter((folder) => readManifest(folder).private !== true);

const place = mkdtempSync(join(tmpdir(), "coatcheck-packages-"));
try {
  run("pnpm", ["run", "build:packages"], repositoryRoot);
  for (const folder of published) install(folder);
  const failures = published.flatMap(importEntries);
  for (const failure of failures) console.log(failure);
  console.log(`${published.length} packages packed and imported, ${failures.length} failures`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function install(folder: string): void {
  const { name, dependencies = {}, peerDependencies = {} } = readManifest(folder);
  const target = join(place, "node_modules", name);
  const tarball = join(place, `${name.replace("/", "-")}.tgz`);
  run("pnpm", ["pack", "--ignore-scripts", "--out", tarball], folder);
  mkdirSync(target, { recursive: true });
  run("tar", ["-xzf", tarball, "--strip-components=1", "-C", target], place);
  const foreign = Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (dependency) => !dependency.startsWith("@coatcheck/"),
  );
  for (const dependency of foreign)
    link(join(folder, "node_modules", dependency), join(place, "node_modules", dependency));
}

function link(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  const real = realpathSync(from);
  if (process.platform === "win32") cpSync(real, to, { recursive: true });
  else symlinkSync(real, to);
}

function importEntries(folder: string): string[] {
  const { name } = readManifest(folder);
  const packed = readManifest(join(place, "node_modules", name));
  return Object.entries(packed.exports).flatMap(([entry, target]) => {
    const file = typeof target === "string" ? target : target.default;
    if (!file.startsWith("./dist/")) return [`${name} exports ${entry} as ${file}, which is no build`];
    const specifier = join(name, entry).replaceAll("\\", "/");
    const result = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", `await import(${JSON.stringify(specifier)})`],
      { cwd: place, encoding: "utf8" },
    );
    return result.status === 0
      ? []
      : [`${specifier} can't be imported: ${result.stderr.split("\n").slice(0, 8).join(" ")}`];
  });
}

function run(command: string, args: readonly string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
}
