import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";

const LIFE_MS = 300_000;
/** The last fifth of 300 s, at most 60 s. */
const INTO_WINDOW_MS = LIFE_MS - 30_000;

async function inWindow(options: Parameters<typeof createKeeperBench>[0] = { outlivesProcess: true }) {
  const bench = createKeeperBench(options);
  const grant = bench.provider.signIn();
  await bench.clock.advance(INTO_WINDOW_MS);
  return { bench, grant };
}

/** Asks without letting any time pass. */
async function askNow(bench: KeeperBench, grant: Grant) {
  const visit = bench.visit(grant);
  const outcome = await bench.answer(visit.ensureFresh(""), 0);
  return { visit, outcome };
}

describe("in the window before expiry", () => {
  it("begins at the last fifth of a token's life, and not before", async () => {
    const bench = createKeeperBench({ outlivesProcess: true });
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS - 60_001);
    expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "unchanged" });
    await bench.clock.advance(1);
    expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "window" });
  });

  it("a request goes on with its token at once, and the refresh runs beside it", async () => {
    const { bench, grant } = await inWindow();
    const { outcome } = await askNow(bench, grant);
    expect(outcome).toMatchObject({ kind: "fresh", how: "window", accessToken: "at-1" });
    await bench.answer(bench.keeper.drain());
    expect(bench.provider.requests).toHaveLength(1);
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: "refresh", outcome: "window" }));
  });

  it("the new grant rides on the same response if it is there before the headers leave", async () => {
    const { bench, grant } = await inWindow();
    const { visit } = await askNow(bench, grant);
    await bench.clock.advance(1_000);
    const close = await visit.close({ known: grant, willWrite: false });
    expect(close).toMatchObject({ kind: "live", changed: true, grant: { generation: 1 } });
  });

  it("the response leaves earlier with a ledger that outlives the process, and the next one carries the grant", async () => {
    const { bench, grant } = await inWindow();
    const { visit } = await askNow(bench, grant);
    const close = await bench.answer(visit.close({ known: grant, willWrite: false }), 0);
    expect(close).toMatchObject({ kind: "live", changed: false });
    await bench.clock.advance(1_000);
    const next = await askNow(bench, grant);
    expect(next.outcome).toMatchObject({ kind: "fresh", how: "replayed", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("with a memory ledger, the response waits until its token call has ended", async () => {
    const { bench, grant } = await inWindow({});
    bench.provider.delayMs = 12_000;
    const { visit } = await askNow(bench, grant);
    const closing = visit.close({ known: grant, willWrite: false });
    await expect(bench.answer(closing, 11_000)).rejects.toThrow("no answer");
    await bench.clock.advance(2_000);
    expect(await closing).toMatchObject({ changed: true, grant: { generation: 1 } });
  });

  it("others use their token meanwhile, and nobody else asks the provider", async () => {
    const { bench, grant } = await inWindow();
    const other = bench.newProcess();
    await askNow(bench, grant);
    expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "unchanged", accessToken: "at-1" });
    const elsewhere = other.keeper.open(bench.request(grant)).ensureFresh("");
    expect(await bench.answer(elsewhere, 0)).toMatchObject({ how: "unchanged", accessToken: "at-1" });
    await bench.clock.advance(1_000);
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("nothing is refreshed ahead where a refresh revokes the token in use", async () => {
    const { bench, grant } = await inWindow({ outlivesProcess: true, policy: { windowRefresh: false } });
    expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "unchanged" });
    await bench.clock.advance(1_000);
    expect(bench.provider.requests).toHaveLength(0);
  });

  it("nothing is refreshed ahead while the store is down, and the request goes on", async () => {
    const { bench, grant } = await inWindow();
    bench.ledger.trouble = "down";
    expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "unchanged", accessToken: "at-1" });
    await bench.clock.advance(10_000);
    expect(bench.provider.requests).toHaveLength(0);
  });

  it("a store that hangs holds the request up for a quarter of a second", async () => {
    const { bench, grant } = await inWindow();
    bench.ledger.trouble = "hanging";
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""), 300);
    expect(outcome).toMatchObject({ how: "unchanged", accessToken: "at-1" });
    expect(bench.provider.requests).toHaveLength(0);
  });

  it("an ambiguous failure is repeated at real expiry, and not before", async () => {
    const { bench, grant } = await inWindow();
    bench.provider.failNext({ kind: "reset_before" });
    await askNow(bench, grant);
    for (let asked = 0; asked < 29; asked += 1) {
      await bench.clock.advance(1_000);
      expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "unchanged", accessToken: "at-1" });
    }
    expect(bench.provider.requests).toHaveLength(1);
    await bench.clock.advance(1_000);
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toMatchObject({ how: "led" });
    expect(bench.provider.requests).toHaveLength(2);
  });

  it("S-090: an unsent failure is tried again after its back-off, while the token lives", async () => {
    const { bench, grant } = await inWindow();
    bench.provider.failNext({ kind: "unsent", reason: "refused" });
    await askNow(bench, grant);
    await bench.clock.advance(3_000);
    expect((await askNow(bench, grant)).outcome).toMatchObject({ how: "window", accessToken: "at-1" });
    await bench.clock.advance(1_000);
    expect((await askNow(bench, grant)).outcome).toMatchObject({ accessToken: "at-2" });
  });

  it("nothing is refreshed ahead while the provider fails, and the store isn't asked", async () => {
    const { bench, grant } = await inWindow();
    bench.provider.failNext({ kind: "unsent", reason: "refused" });
    await askNow(bench, grant);
    await bench.clock.advance(500);
    const claims = bench.ledger.calls.get("claim");
    const other = bench.visit(grant, { sid: "another-session" }).ensureFresh("");
    expect(await bench.answer(other, 0)).toMatchObject({ how: "unchanged" });
    expect(bench.ledger.calls.get("claim")).toBe(claims);
  });

  it("a session that ended elsewhere is refused", async () => {
    const { bench, grant } = await inWindow();
    await bench.newProcess().keeper.end(bench.request(grant), "signed_out");
    expect((await askNow(bench, grant)).outcome).toEqual({ kind: "ended", reason: "signed_out" });
  });
});
