import { expect, it } from "vitest";
import { findRedis } from "../../find-redis.ts";
import { playFull } from "./full.ts";

it.skipIf(!findRedis((line) => console.warn(line)))(
  "a Redis without memory goes once and comes back once, and costs no session and no living token anything",
  { timeout: 90_000 },
  async () => {
    const report = await playFull({ seconds: 10, sessions: 4, tokenSeconds: 3 });
    expect(report).toMatchObject({ others: 0, lost: 0, grantsRevoked: 0, livingOk: report.living });
    expect(report.changes).toEqual(["ledger_down", "ledger_up"]);
    expect(report.refusedWrites).toBeGreaterThan(0);
  },
);
