import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fillInReadme } from "../src/readme-parts.ts";
import { repositoryRoot } from "./source-files.ts";

const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");

describe("the README", () => {
  it("lists exactly the variables that the server reads, and shows the examples that are type-checked", () => {
    expect(fillInReadme(readme, repositoryRoot)).toBe(readme);
  });

  it("names only commands that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/`pnpm ([a-z]+)/g)].map((match) => match[1] ?? "");
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each(["README.md", "SECURITY.md", "docs/architecture.md", "docs/guides/many-instances.md"])(
    "%s links only to what is there",
    (document) => {
      const text = readFileSync(join(repositoryRoot, document), "utf8");
      const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? "");
      const missing = targets.filter((target) => !existsSync(join(repositoryRoot, document, "..", target)));
      expect(missing).toEqual([]);
    },
  );
});
