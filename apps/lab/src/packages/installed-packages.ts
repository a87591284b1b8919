import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../repository-root.ts";

/** What we look at of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package that was packed, and unpacked where an install would put it. */
export interface InstalledPackage {
  readonly name: string;
  /** The sources. */
  readonly source: string;
  readonly tarball: string;
  /** Below `node_modules`. */
  readonly folder: string;
  /** As it is published. */
  readonly manifest: Manifest;
}

/** Builds and packs every package that is published, and lays the tarballs out in `place` as an install would. */
export function installPackages(place: string): readonly InstalledPackage[] {
  run("pnpm", ["run", "build:packages"], repositoryRoot);
  const folders = readdirSync(join(repositoryRoot, "packages")).map((name) =>
    join(repositoryRoot, "packages", name),
  );
  return folders
    .filter((folder) => existsSync(join(folder, "package.json")) && readManifest(folder).private !== true)
    .map((source) => install(place, source));
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function install(place: string, source: string): InstalledPackage {
  const { name, dependencies = {}, devDependencies = {}, peerDependencies = {} } = readManifest(source);
  const folder = join(place, "node_modules", name);
  const tarball = join(place, `${name.replace("/", "-")}.tgz`);
  run("pnpm", ["pack", "--ignore-scripts", "--out", tarball], source);
  mkdirSync(folder, { recursive: true });
  run("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder], place);
  const types = Object.keys(devDependencies).filter((dependency) => dependency.startsWith("@types/"));
  const foreign = [...Object.keys({ ...dependencies, ...peerDependencies }), ...types].filter(
    (dependency) => !dependency.startsWith("@coatcheck/"),
  );
  for (const dependency of foreign)
    link(join(source, "node_modules", dependency), join(place, "node_modules", dependency));
  return { name, source, tarball, folder, manifest: readManifest(folder) };
}

function link(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  const real = realpathSync(from);
  if (process.platform === "win32") cpSync(real, to, { recursive: true });
  else symlinkSync(real, to);
}

function run(command: string, args: readonly string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
}
