import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { repositoryRoot } from "../src/repository-root.ts";

const SKIPPED = new Set(["node_modules", "dist", ".data", ".cache", "test-results", "playwright-report"]);

/** One TypeScript source file of the workspace; `path` is relative to the root with forward slashes. */
export interface SourceFile {
  readonly path: string;
  /** The workspace folder's last part: `oauth`, `server`. */
  readonly owner: string;
  readonly isTest: boolean;
  readonly text: string;
}

/** `packages/oauth` and the like. What a package that moved leaves behind in a checkout (`node_modules`) isn't one. */
export function readWorkspaceFolders(): readonly string[] {
  return ["packages", "apps"]
    .flatMap((top) => readdirSync(join(repositoryRoot, top)).map((name) => `${top}/${name}`))
    .filter((folder) => existsSync(join(repositoryRoot, folder, "package.json")));
}

/** Every `.ts` and `.tsx` file below `packages` and `apps`. */
export function readSourceFiles(): SourceFile[] {
  return ["packages", "apps"].flatMap((top) => walk(join(repositoryRoot, top)));
}

function walk(folder: string): SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(full);
    if (!/\.tsx?$/.test(entry.name)) return [];
    const path = relative(repositoryRoot, full).split(sep).join("/");
    const owner = path.split("/")[1] ?? "";
    const isTest = /\.(test|fixture)\.tsx?$|\/(suite|specs|house|fixtures|examples|template)\//.test(path);
    return [{ path, owner, isTest, text: readFileSync(full, "utf8") }];
  });
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(["'])([^"'\n]+)\1/g;

/** The module specifiers that a file imports, type imports included. */
export function importsOf(file: SourceFile): string[] {
  const code = file.text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(IMPORT)].map((match) => match[2] ?? "");
}
