import { describe, expect, it } from "vitest";
import { createKeeperBench } from "../../fixtures/keeper-bench.ts";

describe("refreshNow", () => {
  it("refreshes a young token, and says that it was asked for", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    const outcome = await bench.answer(bench.visit(grant).refreshNow(""));
    expect(outcome).toMatchObject({ kind: "fresh", how: "led", grant: { generation: 1 } });
    expect(bench.events).toContainEqual(expect.objectContaining({ outcome: "led", trigger: "explicit" }));
  });

  it("joins a refresh under way, here and elsewhere", async () => {
    const bench = createKeeperBench();
    const other = bench.newProcess();
    const grant = bench.provider.signIn();
    const led = bench.visit(grant).refreshNow("");
    await bench.clock.advance(100);
    const joined = [bench, other].map(({ keeper }) => keeper.open(bench.request(grant)).refreshNow(""));
    const outcomes = await bench.answer(Promise.all([led, ...joined]));
    expect(outcomes).toMatchObject([{ how: "led" }, { how: "joined" }, { how: "joined" }]);
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("isn't content with a token that is about to expire, when it waited for one that was recorded late", async () => {
    const bench = createKeeperBench();
    const slow = bench.newProcess();
    const grant = bench.provider.signIn();
    const led = slow.keeper.open(bench.request(grant)).refreshNow("");
    await bench.clock.advance(100);
    slow.ledger.trouble = "down";
    await bench.answer(led);
    await bench.clock.advance(298_000);
    const asked = bench.visit(grant).refreshNow("");
    await bench.clock.advance(1_000);
    slow.ledger.trouble = "none";
    expect(await bench.answer(asked)).toMatchObject({ how: "led", grant: { generation: 2 } });
  });

  it("refreshes the newest grant for a cookie that is behind", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.answer(bench.visit(grant).refreshNow(""));
    await bench.clock.advance(1_000);
    const outcome = await bench.answer(bench.visit(grant).refreshNow(""));
    expect(outcome).toMatchObject({ how: "led", grant: { generation: 2 } });
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("isn't content with a token for another resource", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn(["", "notes"]);
    const led = bench.visit(grant).refreshNow("notes");
    await bench.clock.advance(100);
    const own = bench.visit(grant).refreshNow("");
    const outcomes = await bench.answer(Promise.all([led, own]));
    expect(outcomes).toMatchObject([{ grant: { generation: 1 } }, { how: "led", grant: { generation: 2 } }]);
  });

  it("says unavailable when the provider fails, though the old token lives", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    bench.provider.failNext({ kind: "unsent", reason: "503", status: 503 });
    expect(await bench.answer(bench.visit(grant).refreshNow(""))).toMatchObject({
      kind: "unavailable",
      code: "refresh_unavailable",
    });
  });
});

describe("refreshRefused", () => {
  it("S-117: refreshes the generation that an API refused, once a minute", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(10_000);
    const visit = bench.visit(grant);
    const outcome = await bench.answer(visit.refreshRefused("", grant));
    expect(outcome).toMatchObject({ kind: "fresh", how: "led", accessToken: "at-2" });
    await bench.clock.advance(15_000);
    const second = outcome?.kind === "fresh" ? outcome.grant : grant;
    expect(await bench.answer(bench.visit(second).refreshRefused("", second))).toBeUndefined();
    await bench.clock.advance(45_000);
    expect(await bench.answer(bench.visit(second).refreshRefused("", second))).toMatchObject({
      how: "led",
    });
    expect(bench.provider.requests).toHaveLength(2);
  });

  it("gives calls that were refused at once what the first of them gets", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(10_000);
    const refused = Array.from({ length: 20 }, () => bench.visit(grant).refreshRefused("", grant));
    const outcomes = await Promise.all(refused.map((outcome) => bench.answer(outcome)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: "fresh", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("gives a call whose look at the ledger was too early what another has got meanwhile", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(10_000);
    bench.ledger.affected = new Set(["read"]);
    bench.ledger.delayMs = 600;
    const late = bench.visit(grant).refreshRefused("", grant);
    await bench.clock.settle();
    bench.ledger.delayMs = 0;
    await bench.answer(bench.visit(grant).refreshRefused("", grant));
    expect(await bench.answer(late)).toMatchObject({ kind: "fresh", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("says to each that a newer token can't be had while the provider is down, and gets one when it is well", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(10_000);
    for (let count = 0; count < 2; count += 1) {
      bench.provider.failNext({ kind: "unsent", reason: "503", status: 503 });
      expect(await bench.answer(bench.visit(grant).refreshRefused("", grant))).toMatchObject({
        kind: "unavailable",
        code: "refresh_unavailable",
      });
      await bench.clock.advance(3_000);
    }
    expect(await bench.answer(bench.visit(grant).refreshRefused("", grant))).toMatchObject({
      accessToken: "at-2",
    });
  });

  it("simply uses a newer token", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.answer(bench.visit(grant).refreshNow(""));
    const outcome = await bench.visit(grant).refreshRefused("", grant);
    expect(outcome).toMatchObject({ kind: "fresh", how: "replayed", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("hands out no older token: what was used may be a success that isn't recorded yet", async () => {
    const bench = createKeeperBench({ outlivesProcess: true });
    const shown = bench.provider.signIn();
    // Another request takes the session to generation 1, and this one to 2, which can't be recorded.
    const first = await bench.answer(bench.visit(shown).refreshNow(""));
    await bench.clock.advance(1_000);
    bench.ledger.affected = new Set(["publish"]);
    bench.ledger.trouble = "down";
    const visit = bench.visit(shown);
    const second = await bench.answer(visit.refreshNow(""));
    if (first.kind !== "fresh" || second.kind !== "fresh") throw new Error("not refreshed");
    expect(second.grant.generation).toBe(2);
    await bench.clock.advance(10_000);
    const refused = visit.refreshRefused("", second.grant);
    await bench.clock.advance(100);
    bench.ledger.trouble = "none";
    const outcome = await bench.answer(refused);
    expect(outcome).toMatchObject({ kind: "fresh", grant: { generation: 3 } });
    expect(outcome).not.toMatchObject({ accessToken: first.accessToken });
  });

  it("never refreshes a token younger than 10 s", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(9_999);
    expect(await bench.answer(bench.visit(grant).refreshRefused("", grant))).toBeUndefined();
    expect(bench.provider.requests).toHaveLength(0);
  });
});
