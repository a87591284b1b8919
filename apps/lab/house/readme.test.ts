import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fillInDocument, findDocuments } from "../src/readme-parts.ts";
import { repositoryRoot } from "../src/repository-root.ts";

const documents = [
  ...findDocuments(repositoryRoot),
  ...globSync("packages/*/template/*.md", { cwd: repositoryRoot }),
];
const examples = globSync("packages/*/examples/*.ts", { cwd: repositoryRoot });

describe("a document", () => {
  it.each(documents)("%s lists exactly what the code has, and shows examples word for word", (document) => {
    const text = readFileSync(join(repositoryRoot, document), "utf8");
    expect(fillInDocument(text, repositoryRoot)).toBe(text);
  });

  it.each(documents)("%s links only to what is there", (document) => {
    const text = readFileSync(join(repositoryRoot, document), "utf8");
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? "");
    const missing = targets.filter((target) => !existsSync(join(repositoryRoot, document, "..", target)));
    expect(missing).toEqual([]);
  });

  it.each([...documents, ...examples])("%s lets npx fetch nobody else's package", (document) => {
    const text = readFileSync(join(repositoryRoot, document), "utf8");
    const names = [...text.matchAll(/\bnpx (?:-y )?([@\w/-]+)/g)].map((match) => match[1] ?? "");
    expect(names.filter((name) => !/^(@coatcheck\/|pnpm@12$|playwright$)/.test(name))).toEqual([]);
  });
});
