import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PRESETS } from "@coatcheck/oauth";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const pages = globSync("docs/providers/*.md", { cwd: repositoryRoot }).toSorted();
const overview = read("docs/providers.md");
const text = [overview, ...pages.map(read)].join("\n");

describe("docs/providers.md and the pages beside it", () => {
  it("have a page for each preset, which says how to set it and what was tried", () => {
    const presets = PRESETS.filter((name) => name !== "oidc").toSorted();
    expect(pages.map((page) => /(\w+)\.md$/.exec(page)?.[1])).toEqual(presets);
    for (const name of presets) {
      const page = read(`docs/providers/${name}.md`);
      expect(page).toContain(`OAUTH_PROVIDER=${name}\n`);
      expect(page).toMatch(/\*\*What was tried:\*\*/);
      expect(page).toMatch(/^## (?:At|Here)/m);
      expect(overview).toContain(`](providers/${name}.md) | \`${name}\` |`);
    }
  });

  it("names only variables that the server reads", () => {
    const known = read("packages/server/src/environment/variables.ts");
    const named = new Set([...text.matchAll(/\b(?:OAUTH|OIDC|PUBLIC)_[A-Z_]+/g)].map(([name]) => name));
    expect(named.size).toBeGreaterThan(5);
    // Of a secret, the file that holds it can be named instead.
    const isKnown = (name: string) => known.includes(`${name.replace(/_FILE$/, "")}:`);
    expect([...named].filter((name) => !isKnown(name))).toEqual([]);
  });

  it("names only log events that are reported", () => {
    const known = read("packages/oauth/src/oauth-event.ts");
    const named = [...text.matchAll(/`oauth_([a-z_]+)`/g)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.includes(`"${name}"`))).toEqual([]);
  });
});
