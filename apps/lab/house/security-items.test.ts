import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { readSourceFiles } from "./source-files.ts";

const ITEM_COUNT = 150;
const STATUSES = ["tested", "not offered", "documented", "open"] as const;

interface Row {
  readonly item: string;
  readonly requirement: string;
  readonly status: string;
}

const names = (items: Iterable<string>): readonly string[] => [...new Set(items)].toSorted();

/** Items in texts of tests: their names, and the tables that names are made of. Comments don't count. */
function itemsNamedByTests(): readonly string[] {
  const tests = readSourceFiles().filter(
    ({ path }) => /\.test\.tsx?$/.test(path) || path.startsWith("apps/e2e/specs/"),
  );
  return names(
    tests.flatMap(({ text }) => {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
      return [...code.matchAll(/\bS-\d{3}\b/g)].map(([item]) => item);
    }),
  );
}

function readRows(): readonly Row[] {
  const text = readFileSync(join(repositoryRoot, "docs/security-items.md"), "utf8");
  return [...text.matchAll(/^\| (S-\d{3}) \| (.+?) \| (.+?) \|$/gm)].map(
    ([, item = "", requirement = "", status = ""]) => ({ item, requirement, status }),
  );
}

describe("docs/security-items.md", () => {
  const rows = readRows();
  const named = itemsNamedByTests();
  const statusOf = ({ status }: Row) => STATUSES.find((known) => status.startsWith(known));

  it("has every item once, in order, with words and a status that we know", () => {
    const all = Array.from({ length: ITEM_COUNT }, (_, index) => `S-${String(index + 1).padStart(3, "0")}`);
    expect(rows.map(({ item }) => item)).toEqual(all);
    expect(rows.filter((row) => statusOf(row) === undefined || row.requirement.length < 20)).toEqual([]);
  });

  it("knows every item that a test names", () => {
    const known = new Set(rows.map(({ item }) => item));
    expect(named.filter((item) => !known.has(item))).toEqual([]);
  });

  it("calls tested what a test names, and nothing else", () => {
    const tested = rows.filter((row) => statusOf(row) === "tested").map(({ item }) => item);
    expect(tested.filter((item) => !named.includes(item))).toEqual([]);
  });

  it("calls nothing open or only documented that a test names", () => {
    const unproven = rows.filter((row) => ["open", "documented"].includes(statusOf(row) ?? ""));
    expect(unproven.map(({ item }) => item).filter((item) => named.includes(item))).toEqual([]);
  });

  it("says of what isn't offered, documented or open where that is seen, or why", () => {
    const bare = rows.filter((row) => statusOf(row) !== "tested" && !/: \S/.test(row.status));
    expect(bare).toEqual([]);
  });
});

describe("the lock file", () => {
  /** The first versions without holes that are known and concern a server like ours. */
  const FLOORS: Readonly<Record<string, string>> = { hono: "4.13.5", "@hono/node-server": "1.19.15" };

  it.each(Object.entries(FLOORS))("S-134: has %s at %s or later", (name, floor) => {
    const lock = readFileSync(join(repositoryRoot, "pnpm-lock.yaml"), "utf8");
    const pattern = new RegExp(`^  '?${name.replace("/", "\\/")}@(\\d+)\\.(\\d+)\\.(\\d+)'?:`, "gm");
    const versions = names([...lock.matchAll(pattern)].map((match) => match.slice(1, 4).join(".")));
    expect(versions).not.toEqual([]);
    const isLater = (version: string) => version.localeCompare(floor, "en", { numeric: true }) >= 0;
    expect(versions.filter((version) => !isLater(version))).toEqual([]);
  });
});
