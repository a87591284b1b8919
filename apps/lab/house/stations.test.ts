import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { importsOf, type SourceFile } from "./source-files.ts";
import { parseSourceFiles, topLevelNames } from "./syntax.ts";

interface Station {
  readonly name: string;
  readonly path: string;
}

const text = readFileSync(join(repositoryRoot, "docs/flows.md"), "utf8");
const byPath = new Map(parseSourceFiles().map((file) => [file.path, file]));
const [, composing = ""] = /<!-- composing:begin -->([\s\S]*?)<!-- composing:end -->/.exec(text) ?? [];
const composers = [...composing.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
const ways = text
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    way: section.slice(0, section.indexOf("\n")),
    most: Number(/At most (\d+) stations/.exec(section)?.[1]),
    stations: [...section.matchAll(/^\| \d+ \| `(\w+)` \| `([^`]+)` \|/gm)].map(
      ([, name = "", path = ""]): Station => ({ name, path }),
    ),
  }));

/** Where an import leads: a file beside, or what the index of a package hands on. */
function targetsOf(file: SourceFile): readonly string[] {
  return importsOf(file).flatMap((specifier) => {
    if (specifier.startsWith(".")) return [posix.join(posix.dirname(file.path), specifier)];
    const [, name, entry] = /^@coatcheck\/([a-z-]+)(?:\/([a-z]+))?$/.exec(specifier) ?? [];
    if (name === undefined) return [];
    const index = byPath.get(`packages/${name}/src/${entry === undefined ? "" : `${entry}/`}index.ts`);
    return index === undefined ? [] : targetsOf(index);
  });
}

describe("the four main ways of docs/flows.md", () => {
  it("are an API call, a refresh, a login and a callback", () => {
    expect(ways.map(({ way }) => way)).toEqual([
      "API call with a fresh token",
      "Led refresh",
      "Login",
      "Callback",
    ]);
    expect(composers.filter((path) => !byPath.has(path))).toEqual([]);
  });

  it.each(ways)("$way: has few stations", ({ most, stations }) => {
    expect(stations.length).toBeGreaterThan(10);
    expect(stations.length).toBeLessThanOrEqual(most);
    expect(new Set(stations.map(({ path }) => path)).size).toBe(stations.length);
  });

  it.each(ways)("$way: names functions that their files declare", ({ stations }) => {
    const missing = stations.filter(({ name, path }) => {
      const file = byPath.get(path);
      return file === undefined || !topLevelNames(file).some((declared) => declared.name === name);
    });
    expect(missing).toEqual([]);
  });

  it.each(ways)("$way: each station is imported by an earlier one, or by what composes", ({ stations }) => {
    const strays = stations.slice(1).filter(({ path }, index) => {
      const importers = [...composers, ...stations.slice(0, index + 1).map((station) => station.path)];
      return !importers.some((importer) => {
        const file = byPath.get(importer);
        return file !== undefined && targetsOf(file).includes(path);
      });
    });
    expect(strays).toEqual([]);
  });
});
