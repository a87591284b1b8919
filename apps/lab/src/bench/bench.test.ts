import { describe, expect, it } from "vitest";
import { renderBench, reportBench } from "./bench-report.ts";
import { measureProxiedCalls } from "./proxied-calls.ts";

const cost = (costMs: number) => ({ costMs, latencyMs: costMs * 2 });

describe("the report of a bench", () => {
  it("compares the two sides of each round, so that one slow round decides nothing", () => {
    const report = reportBench([
      { anonymous: cost(0.5), authenticated: cost(0.75) },
      { anonymous: cost(5), authenticated: cost(7.5) },
      { anonymous: cost(0.5), authenticated: cost(50) },
    ]);
    expect(report.authenticatedRatio).toBe(1.5);
    expect(renderBench(report)).toMatch(/authenticated : anonymous +1\.50 x/u);
  });
});

describe("the bench", () => {
  it("gets real answers from the production server, with and without a session", async () => {
    const rounds = await measureProxiedCalls({ rounds: 2, calls: 10, parallel: 2 });
    expect(rounds).toHaveLength(2);
    for (const { anonymous, authenticated } of rounds) {
      expect(anonymous.latencyMs).toBeGreaterThan(0);
      expect(authenticated.latencyMs).toBeGreaterThan(0);
    }
  });
});
