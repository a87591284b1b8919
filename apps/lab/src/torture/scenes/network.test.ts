import { expect, it } from "vitest";
import { findRedis } from "../../find-redis.ts";
import { playNetwork } from "./network.ts";

it.skipIf(!findRedis((line) => console.warn(line)))(
  "clocks of instances that differ by minutes cost no call and no session anything",
  { timeout: 90_000 },
  async () => {
    const report = await playNetwork("clock", {
      ledger: "redis",
      sessions: 2,
      tokenSeconds: 2,
      seconds: 6,
    });
    expect(report).toMatchObject({ ok: report.calls, lost: 0, grantsRevoked: 0, reuseDetected: 0 });
    expect(report.refreshes).toBeGreaterThan(0);
  },
);
