import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";
import { TokensError } from "../tokens-error.ts";

const LIFE_MS = 300_000;
const EMPTY: Grant = { generation: 0, accessTokens: {} };
/** What changes something; reads go on. */
const WRITES = [
  "claim",
  "renew",
  "publish",
  "keepTokens",
  "release",
  "bury",
  "acknowledge",
  "end",
  "entomb",
  "probe",
];

async function expired(count = 1) {
  const bench = createKeeperBench({ outlivesProcess: true });
  const grants = Array.from({ length: count }, () => bench.provider.signIn());
  await bench.clock.advance(LIFE_MS);
  return { bench, grants, grant: grants[0] ?? bench.provider.signIn() };
}

/** What was reported of the store's state. */
function changes(bench: KeeperBench): readonly string[] {
  return bench.events
    .map(({ kind }) => kind)
    .filter((kind) => kind === "ledger_down" || kind === "ledger_up");
}

describe("a record that can't be read", () => {
  const damages: readonly (readonly [what: string, error: Error])[] = [
    ["as the ledger says", new TokensError("record_unreadable", "damaged")],
    ["and the ledger only says that it failed", new TokensError("ledger_unreachable", "failed")],
    ["and the ledger throws what it likes", new Error("unexpected token")],
  ];

  it.each(damages)("costs nobody else anything, %s", async (_what, error) => {
    const { bench, grants } = await expired(20);
    bench.ledger.damaged.set(bench.recordKey("session-0"), error);
    const damaged: Promise<unknown>[] = [];
    for (const [index, grant] of grants.entries()) {
      damaged.push(bench.visit(grants[0] ?? grant, { sid: "session-0" }).ensureFresh(""));
      await bench.clock.advance(100);
      if (index === 0) continue;
      const asked = bench.visit(grant, { sid: `session-${index}` }).ensureFresh("");
      expect(await bench.answer(asked, 500)).toMatchObject({ how: "led" });
    }
    expect(changes(bench)).toEqual([]);
    for (const outcome of await bench.answer(Promise.all(damaged))) {
      expect(outcome).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
    }
  });

  it("is reported with its session, which is answered at once", async () => {
    const { bench, grant } = await expired();
    bench.ledger.damaged.set(bench.recordKey("a-session"), new TokensError("record_unreadable", "damaged"));
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""), 100);
    expect(outcome).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
    const session = expect.stringMatching(/./u);
    expect(bench.events).toContainEqual({ kind: "record_unreadable", session });
  });

  it("leaves its session the token that lives", async () => {
    const bench = createKeeperBench({ outlivesProcess: true });
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS - 4_000);
    bench.ledger.damaged.set(bench.recordKey("a-session"), new TokensError("record_unreadable", "damaged"));
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""), 100);
    expect(outcome).toMatchObject({ how: "unchanged", accessToken: "at-1" });
  });

  it("keeps nobody from taking over from a leader that is gone", async () => {
    const { bench, grants } = await expired(2);
    const [grant = EMPTY, other = EMPTY] = grants;
    const gone = bench.newProcess();
    bench.provider.failNext({ kind: "reset_before" });
    bench.provider.delayMs = Number.MAX_SAFE_INTEGER;
    void gone.keeper.open(bench.request(grant)).ensureFresh("");
    await bench.clock.advance(100);
    gone.ledger.trouble = "hanging";
    bench.provider.delayMs = 300;
    await bench.clock.advance(60_000);
    bench.ledger.damaged.set(bench.recordKey("damaged"), new Error("unexpected token"));
    const asked = bench.visit(grant).ensureFresh("");
    for (let waited = 0; waited < 6_000; waited += 200) {
      void bench.visit(other, { sid: "damaged" }).ensureFresh("");
      await bench.clock.advance(200);
    }
    expect(await bench.answer(asked, 500)).toMatchObject({ kind: "fresh", how: "led" });
  });
});

describe("a store that reads and doesn't write", () => {
  it("goes once and comes back once, whoever asks meanwhile, and living tokens are used", async () => {
    const { bench, grant } = await expired();
    const living = bench.provider.signIn();
    bench.ledger.trouble = "down";
    bench.ledger.affected = new Set(WRITES);
    for (let second = 0; second < 30; second += 1) {
      void bench.visit(grant).ensureFresh("");
      void bench.keeper.touchedAt(bench.request(living, { sid: "another-session" }));
      await bench.clock.advance(1_000);
      const used = bench.visit(living, { sid: "another-session" }).ensureFresh("");
      expect(await bench.answer(used, 0)).toMatchObject({ how: "unchanged" });
    }
    expect(changes(bench)).toEqual(["ledger_down"]);
    bench.ledger.trouble = "none";
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({ how: "led" });
    await bench.clock.advance(16_000);
    expect(changes(bench)).toEqual(["ledger_down", "ledger_up"]);
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("that takes a write now and then is down all the time", async () => {
    const { bench, grant } = await expired();
    bench.ledger.affected = new Set(WRITES);
    bench.ledger.trouble = "down";
    for (let step = 0; step < 60; step += 1) {
      void bench.visit(grant).ensureFresh("");
      await bench.clock.advance(400);
      bench.ledger.trouble = step % 4 === 0 ? "none" : "down";
    }
    bench.ledger.trouble = "none";
    await bench.clock.advance(10_000);
    bench.ledger.trouble = "down";
    await bench.clock.advance(1_000);
    bench.ledger.trouble = "none";
    await bench.clock.advance(20_000);
    expect(changes(bench)).toEqual(["ledger_down", "ledger_up"]);
  });
});
