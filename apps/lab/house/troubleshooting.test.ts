import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LOG_EVENTS } from "@coatcheck/bff";
import { ANONYMOUS_REASONS, PROBLEM_CODES, SIGN_IN_OUTCOMES } from "@coatcheck/contract";
import { PROCESS_EVENTS } from "@coatcheck/server";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/repository-root.ts";
import { writtenReasons } from "./written-reasons.ts";

const text = readFileSync(join(repositoryRoot, "docs/troubleshooting.md"), "utf8");
const sections = new Map(
  text
    .split(/^## /m)
    .map((section) => [section.slice(0, section.indexOf("\n")).replaceAll("`", ""), section]),
);

/** Rows of a section's table, by each word of their first cell. */
function rowsOf(title: string): Map<string, readonly string[]> {
  const lines =
    sections
      .get(title)
      ?.split("\n")
      .filter((line) => line.startsWith("| `")) ?? [];
  return new Map(
    lines.flatMap((line) => {
      const [words = "", ...cells] = line.split("|").slice(1, -1);
      return [...words.matchAll(/`([a-z0-9_]+)`/g)].map(
        ([, word = ""]) => [word, cells.map((cell) => cell.trim())] as const,
      );
    }),
  );
}

/** The heading's own words stand in the first cell, too. */
const HEADINGS = new Set(["code", "reason"]);
const REASON_TABLES = [
  "Why nobody is signed in",
  "Not our own page: guard_refused",
  "The provider's answers",
  "The network",
  "/readyz isn't ready",
];

describe("docs/troubleshooting.md", () => {
  it.each<readonly [string, readonly string[]]>([
    ["Codes of failed calls", PROBLEM_CODES],
    ["A sign-in that came back: /?signin=...", SIGN_IN_OUTCOMES],
    ["Why nobody is signed in", [...ANONYMOUS_REASONS, "replaced"]],
  ])("has every word under %j, each with its cause and what to do, and no other", (title, words) => {
    const rows = rowsOf(title);
    expect([...rows.keys()].filter((word) => !HEADINGS.has(word)).toSorted()).toEqual(words.toSorted());
  });

  it("has every reason that is logged or answered, and none that isn't", () => {
    const known = new Set(
      REASON_TABLES.flatMap((title) => Array.from(rowsOf(title).keys())).filter(
        (word) => !HEADINGS.has(word),
      ),
    );
    expect([...known].toSorted()).toEqual(
      [...new Set([...writtenReasons(), ...ANONYMOUS_REASONS])].toSorted(),
    );
  });

  it("has every event of the log, as one that wants something done or as one that only tells", () => {
    const section = sections.get("Lines of the log that want something done") ?? "";
    const rows = rowsOf("Lines of the log that want something done");
    const listed = /These only tell[\s\S]*/.exec(section)?.[0].matchAll(/`([a-z_]+)`/g) ?? [];
    const named = [...rows.keys(), ...[...listed].map(([, word = ""]) => word)];
    expect(named.toSorted()).toEqual([...Object.keys(LOG_EVENTS), ...Object.keys(PROCESS_EVENTS)].toSorted());
  });

  it("leaves no cell empty", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    expect(
      rows.filter((line) =>
        line
          .split("|")
          .slice(1, -1)
          .some((cell) => cell.trim() === ""),
      ),
    ).toEqual([]);
  });
});
