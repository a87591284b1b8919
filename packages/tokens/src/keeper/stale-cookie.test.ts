import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";

const LIFE_MS = 300_000;
const MINUTE_MS = 60_000;

/** One whole request: asks for a token and closes. The grant that its cookie says afterwards. */
async function request(bench: KeeperBench, grant: Grant, keeper = bench.keeper) {
  const visit = keeper.open(bench.request(grant));
  const outcome = await bench.answer(visit.ensureFresh(""));
  const known = outcome.kind === "fresh" ? outcome.grant : grant;
  const close = await bench.answer(visit.close({ known, willWrite: false }));
  await bench.clock.settle();
  return { outcome, grant: close.kind === "live" ? close.grant : grant };
}

async function refreshedOnce(options?: Parameters<typeof createKeeperBench>[0]) {
  const bench = createKeeperBench(options);
  const first = bench.provider.signIn();
  await bench.clock.advance(LIFE_MS);
  const { grant: second } = await request(bench, first);
  expect(second.generation).toBe(1);
  return { bench, first, second };
}

describe("an old cookie", () => {
  it.each([40, 300, 5_000, 30_000, 540_000])(
    "S-086: %i ms after its refresh is led to the newest grant, while the browser uses the new one",
    async (delayMs) => {
      const { bench, first, second } = await refreshedOnce();
      let newest = second;
      const until = bench.clock.monotonicMs() + delayMs;
      while (bench.clock.monotonicMs() < until) {
        await bench.clock.advance(Math.min(10_000, until - bench.clock.monotonicMs()));
        newest = (await request(bench, newest)).grant;
      }
      const { outcome } = await request(bench, first);
      expect(outcome).toMatchObject({ kind: "fresh", grant: { generation: newest.generation } });
      expect(bench.provider.reuseDetected).toBe(0);
    },
  );

  it("is stale 10 minutes after everyone must have had the new one, and the provider isn't asked", async () => {
    const { bench, first, second } = await refreshedOnce();
    // 120 s after it was handed out, a request shows the new one: now the old one is settled.
    await bench.clock.advance(2 * MINUTE_MS + 1_000);
    const { grant: settled } = await request(bench, second);
    await bench.clock.advance(10 * MINUTE_MS - 1_000);
    await request(bench, settled);
    const asked = bench.provider.requests.length;
    const before = await request(bench, first);
    expect(before.outcome).toMatchObject({ kind: "fresh" });
    await bench.clock.advance(2_000);
    const { outcome } = await request(bench, first);
    expect(outcome).toEqual({ kind: "stale" });
    expect(bench.provider.requests).toHaveLength(asked);
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: "stale_cookie", generation: 0 }));
    expect(await bench.keeper.isEnded(bench.request(first))).toBeUndefined();
  });

  it("isn't given up as long as the new one was never shown: its response may have been lost", async () => {
    const { bench, first } = await refreshedOnce();
    await bench.clock.advance(29 * MINUTE_MS);
    const { outcome } = await request(bench, first);
    expect(outcome).toMatchObject({ kind: "fresh", grant: { generation: 2 } });
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("isn't settled by a request within 120 s of the last handing, re-seals not counted", async () => {
    const { bench, first, second } = await refreshedOnce();
    await bench.clock.advance(100_000);
    await request(bench, first);
    await bench.clock.advance(100_000);
    // 200 s after the first handing, but 100 s after the last one.
    const visit = bench.visit(second);
    await visit.ensureFresh("");
    await visit.close({ known: second, willWrite: true });
    await bench.clock.settle();
    await bench.clock.advance(12 * MINUTE_MS);
    const { outcome } = await request(bench, first);
    expect(outcome).toMatchObject({ kind: "fresh" });
  });

  it("isn't settled too early when the handing could be recorded only later", async () => {
    const bench = createKeeperBench();
    const first = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const visit = bench.visit(first);
    const outcome = await bench.answer(visit.ensureFresh(""));
    const second = outcome.kind === "fresh" ? outcome.grant : first;
    bench.ledger.trouble = "down";
    const close = await bench.answer(visit.close({ known: second, willWrite: false }));
    expect(close).toMatchObject({ changed: true });
    await bench.clock.advance(100_000);
    bench.ledger.trouble = "none";
    await bench.clock.advance(25_000);
    await request(bench, second);
    await bench.clock.advance(11 * MINUTE_MS);
    expect((await request(bench, first)).outcome).toMatchObject({ kind: "fresh" });
  });

  it("is settled in spite of re-seals of the new one", async () => {
    const { bench, first, second } = await refreshedOnce();
    await bench.clock.advance(100_000);
    await bench.visit(second).close({ known: second, willWrite: true, touchedAt: bench.clock.nowMs() });
    await bench.clock.advance(25_000);
    await request(bench, second);
    await bench.clock.advance(10 * MINUTE_MS + 1_000);
    expect((await request(bench, first)).outcome).toEqual({ kind: "stale" });
  });

  it("counts from when a request arrived, not from when it is worked on", async () => {
    const { bench, first, second } = await refreshedOnce();
    const early = bench.request(second);
    await bench.clock.advance(3 * MINUTE_MS);
    await bench.keeper.open(early).close({ known: second, willWrite: true });
    await bench.clock.advance(15 * MINUTE_MS);
    const { outcome } = await request(bench, first);
    expect(outcome).toMatchObject({ kind: "fresh" });
  });

  it("is forgotten when no cookie can carry it any more, and the record with it", async () => {
    const { bench } = await refreshedOnce();
    expect(await bench.ledger.stats()).toMatchObject({ records: 1 });
    await bench.clock.advance(30 * MINUTE_MS + 5 * MINUTE_MS + 62_000);
    expect(await bench.ledger.stats()).toMatchObject({ records: 0 });
  });

  it("ends the session where that was chosen", async () => {
    const { bench, first, second } = await refreshedOnce({ policy: { onStaleCookie: "end" } });
    await bench.clock.advance(2 * MINUTE_MS + 1_000);
    await request(bench, second);
    await bench.clock.advance(11 * MINUTE_MS);
    expect((await request(bench, first)).outcome).toEqual({ kind: "stale" });
    expect((await request(bench, second)).outcome).toEqual({ kind: "ended", reason: "revoked" });
  });

  it("isn't stale at another process while the success that spent it can't be recorded", async () => {
    const bench = createKeeperBench({ policy: { onStaleCookie: "end" }, outlivesProcess: true });
    const first = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const asked = bench.visit(first).ensureFresh("");
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    const unrecorded = await bench.answer(asked);
    if (unrecorded.kind !== "fresh") throw new Error("not refreshed");
    const other = bench.newProcess();
    const later = await bench.answer(other.keeper.open(bench.request(unrecorded.grant)).refreshNow(""));
    expect(later).toMatchObject({ kind: "fresh", grant: { generation: 2 } });

    await bench.clock.advance(60_000);
    const old = () => bench.answer(other.keeper.open(bench.request(first)).ensureFresh(""));
    expect(await old()).toMatchObject({ kind: "unavailable" });
    bench.ledger.trouble = "none";
    await bench.clock.advance(15_000);
    expect(await old()).toMatchObject({ kind: "fresh", grant: { generation: 2 } });
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("is never re-sealed once it is stale", async () => {
    const { bench, first, second } = await refreshedOnce();
    await bench.clock.advance(2 * MINUTE_MS + 1_000);
    await request(bench, second);
    await bench.clock.advance(11 * MINUTE_MS);
    const close = await bench.visit(first).close({ known: first, willWrite: true, touchedAt: 1 });
    expect(close).toEqual({ kind: "live", grant: first, changed: false, withhold: true });
  });
});

describe("acknowledging", () => {
  it("happens once for a session and generation, beside the requests", async () => {
    const { bench, second } = await refreshedOnce();
    const before = bench.ledger.calls.get("acknowledge") ?? 0;
    await bench.clock.advance(2 * MINUTE_MS + 1_000);
    for (let index = 0; index < 20; index += 1) {
      const visit = bench.visit(second);
      expect(await visit.ensureFresh("")).toMatchObject({ how: "unchanged" });
      await visit.close({ known: second, willWrite: false });
      await bench.clock.advance(1_000);
    }
    expect(bench.ledger.calls.get("acknowledge")).toBe(before + 1);
  });
});
