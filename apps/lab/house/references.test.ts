import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { identifiersOf, parseSourceFiles } from "./syntax.ts";

/** A text that people read, and the folder from which its relative paths count. */
interface Prose {
  readonly path: string;
  readonly text: string;
}

/** What looks like a file of this repository: `guard/fetch-guard.ts`, `docs/flows.md`, `return-path.ts`. */
const FILE = /(?<![\w@/.:-])(?:[\w.@-]+\/)*\w[\w.-]*\.(?:tsx?|md|ya?ml|svg)(?![\w/-])/g;
/** A folder, by its full path; Kubernetes has an API of such a name. */
const FOLDER = /(?<!apiVersion: |[\w@/.:-])(?:apps|packages|docs)(?:\/[\w.-]+)+(?![\w*]|\/\*)/g;
/** What a build makes. */
const BUILT = /\/dist(\/|$)/;
const COMMAND = /\bpnpm (?:run )?([a-z][\w:-]*)/g;
/** pnpm's own. */
const BUILT_IN = new Set(["add", "create", "deploy", "dlx", "exec", "install", "pack", "publish"]);
const CALL = /`(?:[\w.]+\.)?(\w+)\(\)`/g;
const LINK = /\{@link (\w+)/g;

const files = parseSourceFiles();
const docs = findDocs("").map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), "utf8") }));
const comments = files.flatMap(({ path, comments: texts }) => texts.map((text): Prose => ({ path, text })));
const known = new Set([...files.map(({ path }) => path), ...findDocs("", /\.(md|ya?ml|svg)$/)]);

describe("documents and comments", () => {
  it("name files and folders that are there", () => {
    expect([...docs, ...comments].flatMap(missingPaths)).toEqual([]);
  });

  it("name commands that are there", () => {
    const manifest = readFileSync(join(repositoryRoot, "package.json"), "utf8");
    const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
    const missing = [...docs, ...comments].flatMap(({ path, text }) =>
      [...text.matchAll(COMMAND)]
        .filter(([, name = ""]) => scripts[name] === undefined && !BUILT_IN.has(name))
        .map(([whole]) => `${path}: ${whole}`),
    );
    expect(missing).toEqual([]);
  });

  it("name functions that are there", () => {
    const identifiers = new Set(files.flatMap(identifiersOf));
    const missing = [...docs, ...comments].flatMap(({ path, text }) =>
      [...text.matchAll(CALL), ...text.matchAll(LINK)]
        .filter(([, name = ""]) => !identifiers.has(name))
        .map(([whole]) => `${path}: ${whole}`),
    );
    expect(missing).toEqual([]);
  });
});

function missingPaths({ path, text }: Prose): readonly string[] {
  const named = [...text.matchAll(FILE), ...text.matchAll(FOLDER)].map(([whole]) => whole.replace(/\.$/, ""));
  return named
    .filter((name) => !BUILT.test(name) && !isThere(name, dirname(path)))
    .map((name) => `${path}: ${name}`);
}

function isThere(name: string, folder: string): boolean {
  const bare = name.replace(/^(\.\.?\/)+/, "");
  return (
    existsSync(join(repositoryRoot, name)) ||
    existsSync(join(repositoryRoot, folder, name)) ||
    [...known].some((path) => path.endsWith(`/${bare}`))
  );
}

function findDocs(folder: string, wanted = /\.md$/): readonly string[] {
  const skipped = /^(node_modules|dist|\.git|\.data|test-results|playwright-report)$/;
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.test(entry.name) ? [] : findDocs(path, wanted);
    return wanted.test(entry.name) ? [path] : [];
  });
}
