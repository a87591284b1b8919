import { expect, it } from "vitest";
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
