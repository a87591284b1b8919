import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fillInReadme } from "../src/readme-parts.ts";
import { repositoryRoot } from "../src/repository-root.ts";

const packages = readdirSync(join(repositoryRoot, "packages"));
const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");

describe("the README", () => {
  it("lists exactly the variables that the server reads, and shows the examples that are type-checked", () => {
    expect(fillInReadme(readme, repositoryRoot)).toBe(readme);
  });

  it.each([
    "README.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/guides/many-instances.md",
    "docs/providers.md",
  ])("%s links only to what is there", (document) => {
    const text = readFileSync(join(repositoryRoot, document), "utf8");
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? "");
    const missing = targets.filter((target) => !existsSync(join(repositoryRoot, document, "..", target)));
    expect(missing).toEqual([]);
  });
});

describe("a package's README", () => {
  it.each(packages.filter((name) => existsSync(join(repositoryRoot, "packages", name, "README.md"))))(
    "of %s shows its examples, which are type-checked, word for word",
    (name) => {
      const folder = join(repositoryRoot, "packages", name);
      const text = readFileSync(join(folder, "README.md"), "utf8");
      const shown = [...text.matchAll(/^```tsx?\n(.*?)\n```$/gms)].map(([, code]) => code);
      const examples = readdirSync(join(folder, "examples"));
      const files = examples.map((file) => readFileSync(join(folder, "examples", file), "utf8").trimEnd());
      expect(new Set(shown)).toEqual(new Set(files));
    },
  );
});
