import { describe, expect, it } from "vitest";
import { drawRosette } from "./rosette.ts";

const coordinates = (path: string) => [...path.matchAll(/-?\d+(\.\d+)?/gu)].map(([n]) => Number(n));

describe("drawRosette", () => {
  it("prints the same rosette for the same number", () => {
    expect(drawRosette("4127")).toBe(drawRosette("4127"));
  });

  it.each([
    ["5127", "the first digit sets the petals"],
    ["4227", "the second sets the fold"],
    ["4137", "the third sets the depth"],
  ])("prints another rosette for %s: %s", (other) => {
    expect(drawRosette(other)).not.toBe(drawRosette("4127"));
  });

  it("draws ten closed strands", () => {
    expect(drawRosette("4127").match(/M[^M]*Z/gu)).toHaveLength(10);
  });

  it.each(["0000", "9999", "", "4x27"])("stays inside its box for %o", (ticket) => {
    const all = coordinates(drawRosette(ticket));
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThanOrEqual(236);
  });
});
