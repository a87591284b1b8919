import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";

const LIMIT_MS = 600_000;

function signIn(bench: KeeperBench): Grant {
  const grant = bench.provider.signIn();
  return { ...grant, refreshExpiresAt: bench.clock.nowMs() + LIMIT_MS };
}

/** A provider whose limit moves with each refresh, by `limitMs` from then on. */
function createSlidingBench(limitMs: number | "never" = LIMIT_MS): KeeperBench {
  const bench: KeeperBench = createKeeperBench({
    outlivesProcess: true,
    refresh: (real) => async (request) => {
      const answer = await real(request);
      if (answer.kind !== "success") return answer;
      const refreshExpiresAt = limitMs === "never" ? limitMs : bench.clock.nowMs() + limitMs;
      return { ...answer, refreshExpiresAt };
    },
  });
  return bench;
}

const OVER = { kind: "ended", reason: "grant_ended" };

describe("a refresh token past its limit of life (S-063)", () => {
  it.each(["ensureFresh", "refreshNow"] as const)("isn't sent, and ends the session: %s", async (ask) => {
    const bench = createSlidingBench();
    const grant = signIn(bench);
    await bench.clock.advance(LIMIT_MS);
    expect(await bench.answer(bench.visit(grant)[ask](""))).toEqual(OVER);
    expect(bench.provider.requests).toEqual([]);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: "refresh", outcome: "terminal", reason: "refresh_token_expired" }),
    );
    expect(bench.events.filter(({ kind }) => kind === "session_ended")).toMatchObject([
      { reason: "grant_ended" },
    ]);
  });

  it("ends the session once for all processes that see it", async () => {
    const bench = createSlidingBench();
    const grant = signIn(bench);
    const other = bench.newProcess();
    await bench.clock.advance(LIMIT_MS);
    const verdicts = [bench.keeper, other.keeper, bench.keeper].map((keeper) =>
      keeper.judgeLimit(bench.request(grant)),
    );
    const kinds = (await bench.answer(Promise.all(verdicts))).map(({ kind }) => kind);
    expect(kinds).not.toContain("live");
    await bench.clock.advance(5_000);
    expect(await bench.answer(other.keeper.judgeLimit(bench.request(grant)))).toEqual(OVER);
    expect(bench.provider.requests).toEqual([]);
    expect(bench.events.filter(({ kind }) => kind === "session_ended")).toHaveLength(1);
  });

  it("counts to the millisecond: before it, the session is live and nobody is asked", async () => {
    const bench = createSlidingBench();
    const grant = signIn(bench);
    await bench.clock.advance(LIMIT_MS - 1);
    const { refreshExpiresAt } = grant;
    expect(await bench.keeper.judgeLimit(bench.request(grant))).toEqual({ kind: "live", refreshExpiresAt });
    expect(bench.ledger.calls).toEqual(new Map());
  });

  it("of a stale cookie gives way to the newest grant's, over several refreshes", async () => {
    const bench = createSlidingBench();
    const shown = signIn(bench);
    const other = bench.newProcess();
    let newest = shown;
    for (let round = 0; round < 3; round += 1) {
      await bench.clock.advance(LIMIT_MS - 1_000);
      const outcome = await bench.answer(bench.visit(newest).ensureFresh(""));
      if (outcome.kind !== "fresh") throw new Error(outcome.kind);
      newest = outcome.grant;
    }
    const live = { kind: "live", refreshExpiresAt: newest.refreshExpiresAt };
    expect(newest.refreshExpiresAt).toBeGreaterThan(bench.clock.nowMs());
    expect(await bench.answer(other.keeper.judgeLimit(bench.request(shown)))).toEqual(live);
    const healed = await bench.answer(other.keeper.open(bench.request(shown)).ensureFresh(""));
    expect(healed).toMatchObject({ how: "replayed", grant: newest });
    await bench.clock.advance(LIMIT_MS);
    expect(await bench.answer(other.keeper.judgeLimit(bench.request(newest)))).toEqual(OVER);
  });

  it("of a stale cookie gives way to none, where the newest grant has none", async () => {
    const bench = createSlidingBench("never");
    const shown = signIn(bench);
    await bench.clock.advance(LIMIT_MS - 1_000);
    await bench.answer(bench.visit(shown).refreshNow(""));
    await bench.clock.advance(LIMIT_MS);
    expect(await bench.answer(bench.keeper.judgeLimit(bench.request(shown)))).toEqual({ kind: "live" });
  });

  it("waits for a refresh that began before it and ends after it, here and elsewhere: nothing is ended", async () => {
    const bench = createSlidingBench();
    const shown = signIn(bench);
    const other = bench.newProcess();
    bench.provider.delayMs = 4_000;
    await bench.clock.advance(LIMIT_MS - 1_000);
    const refreshing = bench.visit(shown).ensureFresh("");
    await bench.clock.advance(2_000);
    const elsewhere = await bench.answer(other.keeper.judgeLimit(bench.request(shown)), 500);
    expect(elsewhere).toEqual({ kind: "unknown" });
    expect(await bench.answer(bench.keeper.judgeLimit(bench.request(shown)))).toMatchObject({ kind: "live" });
    expect(await bench.answer(refreshing)).toMatchObject({ how: "led" });
    expect(await bench.answer(other.keeper.judgeLimit(bench.request(shown)))).toMatchObject({ kind: "live" });
  });

  it.each(["down", "hanging"] as const)("ends nothing while the ledger is %s", async (trouble) => {
    const bench = createSlidingBench();
    const grant = signIn(bench);
    await bench.clock.advance(LIMIT_MS);
    bench.ledger.trouble = trouble;
    expect(await bench.answer(bench.keeper.judgeLimit(bench.request(grant)))).toEqual({ kind: "unknown" });
    bench.ledger.trouble = "none";
    await bench.clock.advance(30_000);
    expect(await bench.answer(bench.keeper.judgeLimit(bench.request(grant)))).toEqual(OVER);
  });
});
