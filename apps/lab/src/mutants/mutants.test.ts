import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chooseForDay, findProblems } from "./choose.ts";
import { applyMutation, type Mutant } from "./mutation.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-mutants-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "guard.ts"), "if (isOurs) return pass;\nif (isTheirs) return pass;\n");

function mutant(change: Partial<Mutant>): Mutant {
  return {
    file: "guard.ts",
    from: "isOurs",
    to: "true",
    breaks: "only ours pass",
    tests: ["guard.ts"],
    ...change,
  };
}

describe("a mutant", () => {
  it("changes one place and takes its new text word for word", () => {
    expect(applyMutation("a === b", mutant({ from: "===", to: "$&" }))).toBe("a $& b");
  });

  it.each([
    ["text that isn't there", { from: "isNobodys" }, /holds 0 times/],
    ["text that stands there twice", { from: "return pass" }, /holds 2 times/],
    ["a file that isn't there", { file: "gone.ts" }, /gone\.ts/],
    ["a test that isn't there", { tests: ["guard.test.ts"] }, /no test guard\.test\.ts/],
  ])("with %s is named, never skipped", (_, change, words) => {
    const [problem, ...more] = findProblems([mutant({}), mutant(change)], folder);
    expect(problem).toMatch(words);
    expect(problem).toMatch(/^only ours pass: /);
    expect(more).toEqual([]);
  });
});

describe("the mutants of a day", () => {
  const all = Array.from({ length: 63 }, (_, index) => mutant({ breaks: `promise ${index}` }));

  it("are the same ones all day, and others the next day", () => {
    const today = chooseForDay(all, "2026-11-30", 10);
    expect(today).toEqual(chooseForDay(all, "2026-11-30", 10));
    expect(today).not.toEqual(chooseForDay(all, "2026-12-01", 10));
    expect(new Set(today).size).toBe(10);
  });

  it("come past all of the list within as many days as it takes", () => {
    // Day 20,440 after the epoch begins a pass of seven days.
    const days = Array.from({ length: 7 }, (_, day) =>
      new Date((20_440 + day) * 86_400_000).toISOString().slice(0, 10),
    );
    expect(new Set(days.flatMap((day) => chooseForDay(all, day, 10))).size).toBe(63);
  });

  it("refuse what is no date", () => {
    expect(() => chooseForDay(all, "today", 10)).toThrow(RangeError);
  });
});
