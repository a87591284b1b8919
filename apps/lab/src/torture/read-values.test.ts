import { describe, expect, it } from "vitest";
import { readValues } from "./read-values.ts";
import type { Options } from "./scene.ts";

const OPTIONS = {
  rounds: { default: 100, least: 1 },
  minutes: { default: 10, least: 0.01 },
  pageEvery: { default: 5, least: 0 },
  ledger: { default: "sqlite", oneOf: ["sqlite", "redis"] },
  faults: { default: "" },
} satisfies Options;

describe("the arguments of a scene", () => {
  it("have defaults, and are named as one writes them on a command line", () => {
    expect(readValues(OPTIONS, ["--page-every", "0", "--ledger=redis", "--minutes", "0.5"])).toEqual({
      rounds: 100,
      minutes: 0.5,
      pageEvery: 0,
      ledger: "redis",
      faults: "",
    });
  });

  it.each([
    ["--rounds", "0"],
    ["--rounds", "1.5"],
    ["--rounds", "Infinity"],
    ["--rounds", "many"],
    ["--rounds", ""],
    ["--minutes", "0"],
    ["--ledger", "memory"],
    ["--round", "5"],
    ["--pageEvery", "5"],
    ["rounds"],
    ["--rounds"],
  ])("are refused: %s %s", (...args) => {
    expect(() => readValues(OPTIONS, args)).toThrow(RangeError);
  });
});
