import { describe, expect, it } from "vitest";
import { readStartArguments } from "./start-arguments.ts";

describe("readStartArguments", () => {
  it("takes the port from the command line, then from PORT, then 3000", () => {
    expect(readStartArguments(["--port", "3100"], "3200")).toEqual({ port: 3100, mayBuild: true });
    expect(readStartArguments(["--no-build"], "3200")).toEqual({ port: 3200, mayBuild: false });
    expect(readStartArguments([], undefined)).toEqual({ port: 3000, mayBuild: true });
  });

  it.each([
    ["--port", "0"],
    ["--port", "65536"],
    ["--port", "3000x"],
    ["--port"],
    ["--prot", "3000"],
    ["3000"],
  ])("refuses %s %s", (...args) => {
    expect(() => readStartArguments(args, undefined)).toThrow(/port|argument|option/i);
  });
});
