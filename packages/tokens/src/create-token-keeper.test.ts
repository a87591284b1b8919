import { describe, expect, it } from "vitest";
import { createKeeperBench } from "../suite/keeper-bench.ts";

const LIFE_MS = 300_000;

describe("a token that lives", () => {
  it("is used as it is, without any store access", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.ledger.close();
    const outcome = await bench.keeper.ensureFresh(bench.request(grant), "");
    expect(outcome).toMatchObject({ kind: "fresh", how: "unchanged", grant });
    const close = await bench.keeper.close(bench.request(grant), grant, { willWrite: false });
    expect(close).toEqual({ kind: "live", grant, changed: false });
  });
});

describe("an expired token", () => {
  it("S-084: is refreshed once for 50 parallel calls, and all get the result", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const calls = Array.from({ length: 50 }, () => bench.keeper.ensureFresh(bench.request(grant), ""));
    const outcomes = await bench.answer(Promise.all(calls));
    expect(bench.provider.requests).toHaveLength(1);
    const tokens = outcomes.map((outcome) => outcome.kind === "fresh" && outcome.accessToken);
    expect(new Set(tokens)).toEqual(new Set(["at-2"]));
    expect(outcomes.filter((outcome) => outcome.kind === "fresh" && outcome.how === "led")).toHaveLength(1);
  });

  it("is refreshed once by two processes on one ledger", async () => {
    const bench = createKeeperBench();
    const other = bench.newKeeper();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const [first, second] = await bench.answer(
      Promise.all([
        bench.keeper.ensureFresh(bench.request(grant), ""),
        other.ensureFresh(bench.request(grant), ""),
      ]),
    );
    expect(first).toMatchObject({ kind: "fresh", how: "led", accessToken: "at-2" });
    expect(second).toMatchObject({ kind: "fresh", how: "joined", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("S-086: is replaced from the ledger when an old cookie comes late", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    await bench.answer(bench.keeper.ensureFresh(bench.request(grant), ""));
    await bench.clock.advance(540_000 / 2);
    const late = await bench.answer(bench.keeper.ensureFresh(bench.request(grant), ""));
    expect(late).toMatchObject({ kind: "fresh" });
    expect(bench.provider.reuseDetected).toBe(0);
  });
});
