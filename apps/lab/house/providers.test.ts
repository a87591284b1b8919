import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";

const text = readFileSync(join(repositoryRoot, "docs/providers.md"), "utf8");
const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

describe("docs/providers.md", () => {
  it("names only variables that the server reads", () => {
    const known = read("packages/server/src/environment/variables.ts");
    const named = new Set([...text.matchAll(/\b(?:OAUTH|OIDC|PUBLIC)_[A-Z_]+/g)].map(([name]) => name));
    expect(named.size).toBeGreaterThan(5);
    expect([...named].filter((name) => !known.includes(`${name}:`))).toEqual([]);
  });

  it("names only log events that are reported", () => {
    const known = read("packages/oauth/src/oauth-event.ts");
    const named = [...text.matchAll(/`oauth_([a-z_]+)`/g)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.includes(`"${name}"`))).toEqual([]);
  });
});
