import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expectAgreement } from "../../../fixtures/ledger-agreement.ts";
import { createObjectNamespace, type ObjectNamespace } from "../../../fixtures/object-namespace.ts";
import { realClock } from "../../../fixtures/real-clock.ts";
import { describeLedger } from "../../../suite/describe-ledger.ts";
import type { Ending, RecordAddress } from "../ledger.ts";
import { createMemoryLedger } from "../memory-ledger.ts";
import { createDurableObjectLedger } from "./durable-object-ledger.ts";

describeLedger("durable object, two handles on one object", async () => {
  const namespace = createObjectNamespace();
  const ledger = createDurableObjectLedger({ namespace });
  const other = createDurableObjectLedger({ namespace });
  return {
    ledger,
    other,
    damage: async (key) =>
      void namespace.database.prepare("UPDATE record SET body = '{}' WHERE key = ?").run(key),
    async close() {
      await ledger.close();
      await other.close();
    },
  };
});

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 120_000, endedKeepMs: 120_000 };
}

describe("a ledger in a Durable Object", () => {
  let namespace: ObjectNamespace;
  beforeEach(() => {
    namespace = createObjectNamespace();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    namespace.close();
  });

  it("answers any sequence of steps like a memory ledger that outlives its process", async () => {
    const model = createMemoryLedger(realClock, { outlivesProcess: true });
    const ledger = createDurableObjectLedger({ namespace });
    await expect(expectAgreement(model, ledger, { runs: 30 })).resolves.toBeUndefined();
  });

  it("sets an alarm with the first record, which takes away what is outlived and comes again while anything is left", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const ledger = createDurableObjectLedger({ namespace });
    await ledger.read(at("nobody"), 0);
    expect(namespace.alarmAt).toBeNull();
    const count = namespace.database.prepare(
      "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM successor) + (SELECT count(*) FROM ending) AS n",
    );
    const begunAt = Date.now();
    await ledger.publish(at("short"), { generation: 0, fence: "a", sealed: "s" });
    expect(namespace.alarmAt).toBe(begunAt + 600_000);
    await ledger.end({ ...at("long"), endedKeepMs: 1_000_000 }, { generation: 0, reason: "signed_out" });
    expect(count.get()).toEqual({ n: 4 });

    vi.setSystemTime(begunAt + 600_000);
    namespace.alarmAt = null;
    await namespace.object.alarm();
    expect(count.get()).toEqual({ n: 2 });
    expect(namespace.alarmAt).toBe(begunAt + 1_200_000);

    vi.setSystemTime(begunAt + 1_200_000);
    namespace.alarmAt = null;
    await namespace.object.alarm();
    expect(count.get()).toEqual({ n: 0 });
    expect(namespace.alarmAt).toBeNull();
  });

  it("keeps an alarm that was set before the object was started anew", async () => {
    namespace.alarmAt = 1;
    await createDurableObjectLedger({ namespace }).entomb({ key: "t", iat: 1, keepMs: 60_000 });
    expect(namespace.alarmAt).toBe(1);
  });

  it("says that the store is out of reach where the object is, where it never answers, and where its storage refuses", async () => {
    const ledger = createDurableObjectLedger({ namespace });
    namespace.trouble = Promise.reject(new Error("Durable Object reset because its code was updated."));
    await expect(ledger.read(at("a"), 0)).rejects.toMatchObject({ code: "ledger_unreachable" });
    namespace.trouble = new Promise(() => undefined);
    await expect(ledger.read(at("a"), 0)).rejects.toMatchObject({ code: "ledger_unreachable" });
    namespace.trouble = Promise.resolve();
    namespace.database.exec("DROP TABLE record");
    await expect(ledger.probe()).rejects.toMatchObject({ code: "ledger_unreachable" });
  });

  it("takes back the whole step where a part of it fails", async () => {
    const ledger = createDurableObjectLedger({ namespace });
    namespace.database.exec("DROP TABLE ending");
    const ending = ledger.end(at("a"), { generation: 0, reason: "signed_out" });
    await expect(ending).rejects.toMatchObject({ code: "ledger_unreachable" });
    expect(await ledger.read(at("a"), 0)).toEqual({ highestSpent: -1, successors: {} });
  });

  it("catches up with endings when it is asked, where the runtime lets no timer run", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const now = vi.spyOn(performance, "now");
    const ledger = createDurableObjectLedger({ namespace });
    const seen: Ending[] = [];
    const health: boolean[] = [];
    await ledger.watchEndings(
      (ending) => seen.push(ending),
      (isUp) => health.push(isUp),
    ).ready;
    const beganMs = performance.now();
    await createDurableObjectLedger({ namespace }).end(at("a"), { generation: 0, reason: "signed_out" });
    now.mockReturnValue(beganMs + 900);
    await ledger.catchUp?.();
    expect(seen).toEqual([]);
    now.mockReturnValue(beganMs + 1_100);
    await ledger.catchUp?.();
    expect(seen).toEqual([expect.objectContaining({ key: "a", reason: "signed_out" })]);

    namespace.trouble = Promise.reject(new Error("gone"));
    now.mockReturnValue(beganMs + 3_000);
    await ledger.catchUp?.();
    expect(health).toEqual([true, true, false]);
    namespace.trouble = Promise.resolve();
    now.mockReturnValue(beganMs + 5_000);
    await ledger.catchUp?.();
    expect(health.at(-1)).toBe(true);
    expect(seen).toHaveLength(1);
  });
});
