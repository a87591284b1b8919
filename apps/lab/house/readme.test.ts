import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FILLED_IN, fillInDocument } from "../src/readme-parts.ts";
import { repositoryRoot } from "../src/repository-root.ts";

const packages = readdirSync(join(repositoryRoot, "packages"));
const documents = globSync(["*.md", "docs/**/*.md", "packages/*/README.md", "packages/*/template/*.md"], {
  cwd: repositoryRoot,
});
const examples = globSync("packages/*/examples/*.ts", { cwd: repositoryRoot });

describe("the README", () => {
  it.each(FILLED_IN)(
    "and the guides: %s lists exactly what the code has, and shows the examples that are type-checked",
    (document) => {
      const text = readFileSync(join(repositoryRoot, document), "utf8");
      expect(fillInDocument(text, repositoryRoot)).toBe(text);
    },
  );

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

describe("a package's README", () => {
  it.each(packages.filter((name) => existsSync(join(repositoryRoot, "packages", name, "README.md"))))(
    "of %s shows its examples, which are type-checked, word for word",
    (name) => {
      const folder = join(repositoryRoot, "packages", name);
      const text = readFileSync(join(folder, "README.md"), "utf8");
      const shown = [...text.matchAll(/^```tsx?\n(.*?)\n```$/gms)].map(([, code]) => code);
      const examples = existsSync(join(folder, "examples")) ? readdirSync(join(folder, "examples")) : [];
      const files = examples.map((file) => readFileSync(join(folder, "examples", file), "utf8").trimEnd());
      expect(new Set(shown)).toEqual(new Set(files));
    },
  );
});
