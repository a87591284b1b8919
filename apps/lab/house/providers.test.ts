import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";

const text = readFileSync(join(repositoryRoot, "docs/providers.md"), "utf8");
const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

describe("docs/providers.md", () => {
  it("names only files that exist", () => {
    const files = [...text.matchAll(/`((?:packages|apps)\/[^`]+)`/g)].map(([, file]) => file ?? "");
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(join(repositoryRoot, file)))).toEqual([]);
  });

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
