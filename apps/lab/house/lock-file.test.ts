import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";

/**
 * Families of native packages. An incomplete registry leaves platforms out of the lock file silently, and then the
 * install on that platform ends with "cannot find native binding".
 */
const FAMILIES = [
  "@oxc-parser/binding-",
  "@oxc-resolver/binding-",
  "@oxfmt/binding-",
  "@oxlint/binding-",
  "@oxlint-tsgolint/",
  "@rolldown/binding-",
  "@typescript/typescript-",
  "lightningcss-",
] as const;

const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"] as const;

describe("the lock file", () => {
  const text = readFileSync(join(repositoryRoot, "pnpm-lock.yaml"), "utf8");

  it("names no registry host", () => {
    expect(text.split("\n").filter((line) => /https?:\/\/|tarball:/.test(line))).toEqual([]);
  });

  it.each(FAMILIES)("has %s* for macOS, Windows and Linux", (family) => {
    const missing = PLATFORMS.filter(
      (platform) => !new RegExp(`^  '?${family}${platform}[a-z-]*@`, "m").test(text),
    );
    expect(missing).toEqual([]);
  });
});
