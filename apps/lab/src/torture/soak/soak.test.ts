import { describe, expect, it } from "vitest";
import type { CallOutcome } from "../stage/visitor.ts";
import { slopeOf } from "./memory-slope.ts";
import { countSoakCall, createSoakTally, type Disruption } from "./soak-tally.ts";

function answered(status: number, problem: string | undefined, atMs: number): CallOutcome {
  const times = { sentAtMs: atMs, answeredAtMs: atMs + 10, tookMs: 10 };
  return { status, problem, retryAfterSeconds: undefined, text: "text", ...times };
}

describe("a call that isn't answered 200", () => {
  const failover: Disruption = { kind: "failover", fromMs: 100_000, untilMs: 101_000 };
  const deploy: Disruption = { kind: "deploy", fromMs: 100_000, untilMs: 101_000 };
  it.each([
    ["in a failover, since the store is away", 503, "ledger_unavailable", 100_500, [failover], true],
    ["soon after one", 503, "refresh_unavailable", 120_000, [failover], true],
    ["long after one", 503, "ledger_unavailable", 130_000, [failover], false],
    ["before one", 503, "ledger_unavailable", 90_000, [failover], false],
    ["in a deploy", 503, "ledger_unavailable", 100_500, [deploy], false],
    ["in a failover, for another reason", 503, "provider_unavailable", 100_500, [failover], false],
    ["in a failover, with its session lost", 401, "no_session", 100_500, [failover], false],
    ["without an answer", 0, undefined, 100_500, [deploy, failover], false],
  ] as const)("%s", (_when, status, problem, atMs, disruptions, isExplained) => {
    const tally = createSoakTally();
    countSoakCall(tally, answered(status, problem, atMs), disruptions);
    expect(Object.keys(tally.explained)).toHaveLength(isExplained ? 1 : 0);
    expect(Object.keys(tally.unexplained)).toHaveLength(isExplained ? 0 : 1);
  });
});

describe("memory", () => {
  const sampled = (mibAt: (minute: number) => number) =>
    slopeOf(Array.from({ length: 31 }, (_, minute) => ({ atMs: minute * 60_000, mib: mibAt(minute) })));

  it("is flat where it goes up and down", () => {
    expect(Math.abs(sampled((minute) => 100 + (minute % 2)).mibAMinute)).toBeLessThan(0.05);
  });

  it("is flat once it has found its level", () => {
    expect(sampled((minute) => Math.min(150, 50 + 10 * minute)).mibAMinute).toBe(0);
  });

  it("grows where something is kept", () => {
    expect(sampled((minute) => 100 + 2 * minute)).toEqual({ firstMib: 130, lastMib: 160, mibAMinute: 2 });
  });
});
