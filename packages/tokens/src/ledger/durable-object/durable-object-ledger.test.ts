import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createObjectNamespace, type ObjectNamespace } from "../../../fixtures/object-namespace.ts";
import { describeStoredLedger } from "../../../fixtures/describe-stored-ledger.ts";
import type { Ending, RecordAddress } from "../ledger.ts";
import { createDurableObjectLedger } from "./durable-object-ledger.ts";

describe.each([1, 3])("objects: %i", (shards) => {
  describeStoredLedger("in Durable Objects, two handles", 30, async () => {
    const namespace = createObjectNamespace();
    const ledger = createDurableObjectLedger({ namespace, shards });
    const other = createDurableObjectLedger({ namespace, shards });
    const objects = ["coatcheck", "coatcheck-1", "coatcheck-2"].map((name) => namespace.open(name));
    return {
      ledger,
      other,
      async damage(key) {
        for (const { database } of objects)
          database.prepare("UPDATE record SET body = '{}' WHERE key = ?").run(key);
      },
      async countSuccessors(key) {
        const counts = objects.map(({ database }) =>
          database.prepare("SELECT count(*) AS n FROM successor WHERE key = ?").get(key),
        );
        return counts.reduce((sum, row) => sum + Number(row?.["n"]), 0);
      },
      async close() {
        await ledger.close();
        await other.close();
        namespace.close();
      },
    };
  });
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

  it("sets an alarm with the first record, which takes away what is outlived and comes again while anything is left", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const opened = namespace.open();
    const ledger = createDurableObjectLedger({ namespace });
    await ledger.read(at("nobody"), 0);
    expect(opened.alarmAt).toBeNull();
    const count = opened.database.prepare(
      "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM successor) + (SELECT count(*) FROM ending) AS n",
    );
    const begunAt = Date.now();
    await ledger.publish(at("short"), { generation: 0, fence: "a", sealed: "s" });
    expect(opened.alarmAt).toBe(begunAt + 600_000);
    await ledger.end({ ...at("long"), endedKeepMs: 1_000_000 }, { generation: 0, reason: "signed_out" });
    expect(count.get()).toEqual({ n: 4 });

    vi.setSystemTime(begunAt + 600_000);
    opened.alarmAt = null;
    await opened.object.alarm();
    expect(count.get()).toEqual({ n: 2 });
    expect(opened.alarmAt).toBe(begunAt + 1_200_000);

    vi.setSystemTime(begunAt + 1_200_000);
    opened.alarmAt = null;
    await opened.object.alarm();
    expect(count.get()).toEqual({ n: 0 });
    expect(opened.alarmAt).toBeNull();
  });

  it("keeps an alarm that was set before the object was started anew", async () => {
    const opened = namespace.open();
    opened.alarmAt = 1;
    await createDurableObjectLedger({ namespace }).entomb({ key: "t", iat: 1, keepMs: 60_000 });
    expect(opened.alarmAt).toBe(1);
  });

  it("says that the store is out of reach where the object is, where it never answers, and where its storage refuses", async () => {
    const ledger = createDurableObjectLedger({ namespace });
    namespace.open().trouble = Promise.reject(
      new Error("Durable Object reset because its code was updated."),
    );
    await expect(ledger.read(at("a"), 0)).rejects.toMatchObject({ code: "ledger_unreachable" });
    namespace.open().trouble = new Promise(() => undefined);
    await expect(ledger.read(at("a"), 0)).rejects.toMatchObject({ code: "ledger_unreachable" });
    namespace.open().trouble = Promise.resolve();
    namespace.open().database.exec("DROP TABLE record");
    await expect(ledger.probe()).rejects.toMatchObject({ code: "ledger_unreachable" });
  });

  it("takes back the whole step where a part of it fails", async () => {
    const ledger = createDurableObjectLedger({ namespace });
    namespace.open().database.exec("DROP TABLE ending");
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

    namespace.open().trouble = Promise.reject(new Error("gone"));
    now.mockReturnValue(beganMs + 3_000);
    await ledger.catchUp?.();
    expect(health).toEqual([true, true, false]);
    namespace.open().trouble = Promise.resolve();
    now.mockReturnValue(beganMs + 5_000);
    await ledger.catchUp?.();
    expect(health.at(-1)).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it("spreads records over its objects, and has tombstones in all of them", async () => {
    const ledger = createDurableObjectLedger({ namespace, shards: 3 });
    const keys = Array.from({ length: 30 }, () => crypto.randomUUID());
    for (const key of keys) await ledger.publish(at(key), { generation: 0, fence: "a", sealed: "s" });
    const objects = ["coatcheck", "coatcheck-1", "coatcheck-2"].map((name) => namespace.open(name));
    const counts = objects.map(({ database }) => database.prepare("SELECT count(*) AS n FROM record").get());
    expect(counts.reduce((sum, row) => sum + Number(row?.["n"]), 0)).toBe(30);
    expect(counts.every((row) => Number(row?.["n"]) > 0)).toBe(true);
    await ledger.entomb({ key: "t", iat: 1, keepMs: 60_000 });
    for (const key of keys)
      expect(await ledger.read({ ...at(key), tombstones: ["t"] }, 0)).toMatchObject({ ended: "revoked" });
    expect(await ledger.stats()).toEqual({ records: 30, tombstones: 1 });
  });

  it("is down as a whole where one of its objects is, and ends nobody by halves without saying so", async () => {
    const ledger = createDurableObjectLedger({ namespace, shards: 3 });
    namespace.open("coatcheck-2").trouble = Promise.reject(new Error("overloaded"));
    const entombing = ledger.entomb({ key: "t", iat: 1, keepMs: 60_000 });
    await expect(entombing).rejects.toMatchObject({ code: "ledger_unreachable" });
    await expect(ledger.probe()).rejects.toMatchObject({ code: "ledger_unreachable" });
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses to be spread over %d objects", (shards) => {
    expect(() => createDurableObjectLedger({ namespace, shards })).toThrow(
      expect.objectContaining({ code: "ledger_misconfigured" }),
    );
  });
});
