import { describe, expect, it } from "vitest";
import { createKeeperBench } from "../../fixtures/keeper-bench.ts";

const LIFE_MS = 300_000;

async function refreshed() {
  const bench = createKeeperBench({ outlivesProcess: true });
  const first = bench.provider.signIn();
  await bench.clock.advance(LIFE_MS);
  const visit = bench.visit(first);
  const outcome = await bench.answer(visit.ensureFresh(""));
  if (outcome.kind !== "fresh") throw new Error("not refreshed");
  return { bench, first, visit, second: outcome.grant };
}

describe("when the headers leave", () => {
  it("the cookie says what was led", async () => {
    const { visit, second } = await refreshed();
    const close = await visit.close({ known: second, willWrite: false });
    expect(close).toEqual({ kind: "live", grant: second, changed: true });
  });

  it("S-086: the cookie says the newest grant, if others got further meanwhile", async () => {
    const { bench, visit, second } = await refreshed();
    const other = bench.newProcess();
    const next = await bench.answer(other.keeper.open(bench.request(second)).refreshNow(""));
    expect(next).toMatchObject({ grant: { generation: 2 } });
    const close = await visit.close({ known: second, willWrite: false });
    expect(close).toMatchObject({ kind: "live", grant: { generation: 2 }, changed: true });
  });

  it("a re-seal of an older generation becomes the newest one", async () => {
    const { bench, first, second } = await refreshed();
    const close = await bench.visit(first).close({ known: first, willWrite: true });
    expect(close).toEqual({ kind: "live", grant: second, changed: true });
  });

  it("S-093: nothing is written for a session that has ended since", async () => {
    const { bench, visit, second } = await refreshed();
    await bench.newProcess().keeper.end(bench.request(second), "signed_out");
    const close = await visit.close({ known: second, willWrite: true });
    expect(close).toEqual({ kind: "ended", reason: "signed_out" });
  });

  it("S-093: nor is it when this process hasn't heard of it", async () => {
    const { bench, visit, second } = await refreshed();
    bench.ledger.isDeafToEndings = true;
    await bench.newProcess().keeper.end(bench.request(second), "signed_out");
    expect(await bench.keeper.isEnded(visit.session)).toBeUndefined();
    const close = await visit.close({ known: second, willWrite: true });
    expect(close).toEqual({ kind: "ended", reason: "signed_out" });
  });

  it("a re-seal is withheld while the store is down", async () => {
    const { bench, second } = await refreshed();
    bench.ledger.trouble = "down";
    const close = await bench.visit(second).close({ known: second, willWrite: true });
    expect(close).toEqual({ kind: "live", grant: second, changed: false, withhold: true });
  });

  it("the store is asked also just after it failed somebody: it may be back", async () => {
    const { bench, first, second } = await refreshed();
    await bench.visit(second).close({ known: second, willWrite: true, touchedAt: 12_345 });
    bench.ledger.trouble = "down";
    expect(await bench.keeper.touchedAt(bench.request(second))).toBe("unknown");
    bench.ledger.trouble = "none";
    const close = await bench.visit(first).close({ known: first, willWrite: true });
    expect(close).toEqual({ kind: "live", grant: second, changed: true });
    bench.ledger.trouble = "down";
    expect(await bench.keeper.touchedAt(bench.request(second))).toBe("unknown");
    bench.ledger.trouble = "none";
    expect(await bench.keeper.touchedAt(bench.request(second))).toBe(12_345);
  });

  it("a touch is remembered, so that a lost response loses no extension", async () => {
    const { bench, visit, second } = await refreshed();
    await visit.close({ known: second, willWrite: true, touchedAt: 12_345 });
    expect(await bench.newProcess().keeper.touchedAt(bench.request(second))).toBe(12_345);
  });

  it("a touch of a session without a record makes one where the ledger outlives the process", async () => {
    const bench = createKeeperBench({ outlivesProcess: true });
    const grant = bench.provider.signIn();
    await bench.visit(grant).close({ known: grant, willWrite: true, touchedAt: 12_345 });
    expect(await bench.keeper.touchedAt(bench.request(grant))).toBe(12_345);
    const inMemory = createKeeperBench();
    await inMemory.keeper
      .open(inMemory.request(grant))
      .close({ known: grant, willWrite: true, touchedAt: 12_345 });
    expect(await inMemory.keeper.touchedAt(inMemory.request(grant))).toBeUndefined();
  });

  it("a touch is learnt from a store that takes its time: nobody else knows whether the session is alive", async () => {
    const { bench, visit, second } = await refreshed();
    await visit.close({ known: second, willWrite: true, touchedAt: 12_345 });
    bench.ledger.delayMs = 4_000;
    expect(await bench.answer(bench.keeper.touchedAt(bench.request(second)))).toBe(12_345);
  });

  it("a touch counts as unknown while the store is down", async () => {
    const { bench, visit, second } = await refreshed();
    await visit.close({ known: second, willWrite: true, touchedAt: 12_345 });
    bench.ledger.trouble = "down";
    expect(await bench.keeper.touchedAt(bench.request(second))).toBe("unknown");
  });
});
