import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository-root.ts";
import { readConformance, renderConformance, type Conformance } from "./conformance.ts";

describe("the table of the conformance suite", () => {
  const committed = JSON.parse(
    readFileSync(join(repositoryRoot, "docs/conformance.json"), "utf8"),
  ) as Conformance;

  it("has every kind of ledger, all of whose tests pass", () => {
    const words = ["memory", "sqlite", "postgres", "redis,", "redis cluster", "Durable Objects"];
    const names = committed.rows.map(({ ledger }) => ledger);
    expect(words.filter((word) => !names.some((name) => name.includes(word)))).toEqual([]);
    expect(committed.rows.filter(({ failed }) => failed > 0)).toEqual([]);
  });

  it("is of one suite: each ledger was asked the same", () => {
    const [first, ...others] = committed.rows.map(({ parts }) => parts);
    expect(others).toEqual(others.map(() => first));
  });

  it("tells failed, not asked and not here apart", () => {
    const test = (ledger: string, status: string, place: readonly string[] = []) => ({
      ancestorTitles: [...place, `ledger: ${ledger}`, "claim"],
      status,
    });
    const rows = readConformance({
      testResults: [
        { assertionResults: [test("one", "passed"), test("one", "skipped"), test("two", "failed")] },
        { assertionResults: [test("gone", "skipped"), test("same", "passed", ["here"])] },
        { assertionResults: [test("same", "passed", ["there"])] },
        { assertionResults: [{ ancestorTitles: ["another test"], status: "passed" }] },
      ],
    });
    expect(renderConformance({ day: "2026-11-28", node: "v24", rows }).split("\n").slice(2)).toEqual([
      "| Ledger | Tests passed | claim |",
      "|---|---|---|",
      "| one | 1 (1 not asked) | 2 |",
      "| two | 0 (1 failed) | 1 |",
      "| same (here) | 1 | 1 |",
      "| same (there) | 1 | 1 |",
      "",
    ]);
  });
});
