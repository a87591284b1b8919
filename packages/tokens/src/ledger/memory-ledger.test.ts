import { describe, expect, it } from "vitest";
import { createManualClock } from "../../fixtures/manual-clock.ts";
import { describeLedger } from "../../suite/describe-ledger.ts";
import { realClock } from "../../fixtures/real-clock.ts";
import { createMemoryLedger } from "./memory-ledger.ts";

describeLedger("memory", async () => {
  const ledger = createMemoryLedger(realClock);
  return { ledger, close: () => ledger.close() };
});

it("a record that has outlived its time is none, whether it was swept or not", async () => {
  const clock = createManualClock();
  const ledger = createMemoryLedger(clock);
  const at = { key: "a", tombstones: [], idTokenIat: 1, keepMs: 10_000, endedKeepMs: 20_000 };
  await ledger.end(at, { generation: 0, reason: "signed_out" });
  await clock.advance(79_999);
  expect(await ledger.read(at, 0)).toMatchObject({ ended: "signed_out" });
  await clock.advance(1);
  expect(await ledger.read(at, 0)).toEqual({ highestSpent: -1, successors: {} });
});

describe("a spent generation whose success isn't recorded is held for ten minutes, then stale", () => {
  const at = { key: "a", tombstones: [], idTokenIat: 1, keepMs: 3_600_000, endedKeepMs: 3_600_000 };
  const attempt = { generation: 0, fence: "first" };
  const claim = { ...attempt, leaseMs: 20_000, mayRepeatAmbiguous: true };

  it.each([
    ["after its lease", undefined],
    ["after the time to retry a failure", { kind: "ambiguous", retryInMs: 20_000 }],
    ["after the time to retry a refusal", { kind: "refused", retryInMs: 20_000 }],
  ] as const)("%s", async (_after, failure) => {
    const clock = createManualClock();
    const ledger = createMemoryLedger(clock);
    await ledger.claim(at, claim);
    if (failure !== undefined) await ledger.bury(at, { ...attempt, failure });
    await ledger.publish(at, { generation: 1, fence: "second", sealed: "sealed-1" });
    const asked = { ...claim, fence: "third", takeOver: "first" };
    await clock.advance(20_000);
    const held = { kind: "dead", failure: "ambiguous", retryInMs: 0, held: true };
    expect(await ledger.claim(at, asked)).toEqual(held);
    await clock.advance(599_999);
    expect(await ledger.claim(at, asked)).toEqual(held);
    await clock.advance(1);
    expect(await ledger.claim(at, asked)).toEqual({ kind: "stale" });
  });
});
