import { describe, expect, it } from "vitest";
import { unlessRecent } from "./demands.ts";

const clock = { nowMs: 1_000_000_000, toleranceSeconds: 30 };

describe("a demand for a recent sign-in", () => {
  it.each([
    ["nothing is demanded", {}, undefined, true],
    ["it is recent", { authTime: 1_000_000 - 300 }, 300, true],
    ["it is within the tolerance of clocks", { authTime: 1_000_000 - 330 }, 300, true],
    ["the provider's clock is ahead", { authTime: 1_000_000 + 20 }, 0, true],
    ["it is too long ago", { authTime: 1_000_000 - 331 }, 300, false],
    ["nobody knows when it was", {}, 31_536_000, false],
  ])("S-118: where %s", (_, value, maxAgeSeconds, isMet) => {
    const demands = maxAgeSeconds === undefined ? {} : { maxAgeSeconds };
    const problem = unlessRecent(value, demands, clock);
    expect(problem).toEqual(isMet ? undefined : { code: "step_up_required", maxAgeSeconds });
  });
});
