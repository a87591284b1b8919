import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { readSourceFiles, readWorkspaceFolders } from "./source-files.ts";

/** Files above 400 lines that we defend, each with its reason. */
const DEFENDED_LENGTH: Readonly<Record<string, string>> = {};

/** Folders that still have more than 20 source files; the list only shrinks. */
const STILL_FULL: ReadonlySet<string> = new Set([
  "apps/lab/src/sim",
  "packages/bff/src",
  "packages/react/src",
  "packages/session/src",
]);

/** Where the environment may be read: entry files of processes, and a test runner's own switches. */
const READS_ENVIRONMENT =
  /^(packages\/server\/|packages\/create-coatcheck\/src\/create-coatcheck\.ts$|apps\/(demo|e2e|lab)\/)/;

describe("the house", () => {
  const files = readSourceFiles();

  it("reads the environment in processes only", () => {
    const readers = files.filter(
      (file) => !file.isTest && /\bprocess\.env\b/.test(file.text) && !READS_ENVIRONMENT.test(file.path),
    );
    // dev-idp looks at NODE_ENV, to refuse production.
    expect(readers.map((file) => file.path).filter((path) => !path.startsWith("packages/dev-idp/"))).toEqual(
      [],
    );
  });

  it("has no file over 400 lines that nobody defends", () => {
    const long = files.filter(
      (file) => file.text.split("\n").length > 401 && DEFENDED_LENGTH[file.path] === undefined,
    );
    expect(long.map((file) => file.path)).toEqual([]);
  });

  it("has no folder with more than 20 source files: such a folder wants rooms", () => {
    const counts = new Map<string, number>();
    for (const { path } of files.filter(({ path }) => !/\.test\.tsx?$/.test(path))) {
      const folder = path.slice(0, path.lastIndexOf("/"));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const full = [...counts].filter(([folder, count]) => count > 20 && !STILL_FULL.has(folder));
    expect(full).toEqual([]);
  });

  it("names files after what they hold", () => {
    const vague = files.filter((file) => /\/(utils?|helpers?|misc|common|types)\.tsx?$/.test(file.path));
    expect(vague.map((file) => file.path)).toEqual([]);
  });

  it("has index files that only re-export", () => {
    const fat = files.filter(
      (file) =>
        /^packages\/.*\/index\.ts$/.test(file.path) &&
        /\b(function|class|const|let)\b/.test(file.text.replaceAll(/\/\*\*[\s\S]*?\*\//g, "")),
    );
    expect(fat.map((file) => file.path)).toEqual([]);
  });

  it("declares every version once, in a catalog", () => {
    const manifests = readWorkspaceFolders().map((folder) => join(repositoryRoot, folder, "package.json"));
    const strays = manifests.flatMap((path) => {
      const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<
        string,
        Record<string, string> | undefined
      >;
      const declared = {
        ...manifest["dependencies"],
        ...manifest["devDependencies"],
        ...manifest["optionalDependencies"],
      };
      return Object.entries(declared)
        .filter(([, version]) => !version.startsWith("catalog:") && version !== "workspace:*")
        .map(([name]) => `${path}: ${name}`);
    });
    expect(strays).toEqual([]);
  });

  it("publishes all packages with one version, which says that nothing is promised yet", () => {
    const manifests = readWorkspaceFolders().map(
      (folder) =>
        JSON.parse(readFileSync(join(repositoryRoot, folder, "package.json"), "utf8")) as {
          readonly private?: boolean;
          readonly version: string;
        },
    );
    const versions = manifests.filter((one) => one.private !== true).map(({ version }) => version);
    expect(new Set(versions).size).toBe(1);
    expect(versions[0]).toMatch(/^0\.\d+\.\d+$/);
  });

  it("says in the manifest of every published package what registries and bundlers ask for", () => {
    const incomplete = readWorkspaceFolders().flatMap((folder) => {
      const read = (name: string): string => readFileSync(join(repositoryRoot, folder, name), "utf8");
      const manifest = JSON.parse(read("package.json")) as Record<string, unknown>;
      if (manifest["private"] === true) return [];
      const missing = ["keywords", "license", "files", "sideEffects", "exports", "publishConfig"].filter(
        (field) => manifest[field] === undefined,
      );
      const { url, directory } = (manifest["repository"] ?? {}) as Readonly<Record<string, string>>;
      if (url !== "git+https://github.com/coatcheck/coatcheck.git" || directory !== folder)
        missing.push("repository");
      // What runs in browsers needs no Node.
      const isNode = !/\/(client|contract|react)$/.test(folder);
      if (isNode && manifest["engines"] === undefined) missing.push("engines");
      if (!existsSync(join(repositoryRoot, folder, "README.md"))) missing.push("README.md");
      return missing.map((field) => `${folder}: ${field}`);
    });
    expect(incomplete).toEqual([]);
  });

  it("describes every package in its manifest and in docs/architecture.md", () => {
    const architecture = readFileSync(join(repositoryRoot, "docs/architecture.md"), "utf8");
    const missing = readWorkspaceFolders().filter((folder) => {
      const manifest = JSON.parse(readFileSync(join(repositoryRoot, folder, "package.json"), "utf8")) as {
        description?: string;
      };
      return !manifest.description || !architecture.includes(`| \`${folder}\` |`);
    });
    expect(missing).toEqual([]);
  });
});
