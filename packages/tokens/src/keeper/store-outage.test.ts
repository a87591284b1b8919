import { describe, expect, it } from "vitest";
import { createKeeperBench } from "../../fixtures/keeper-bench.ts";
import type { KeeperPolicy } from "../refresh/keeper-policy.ts";

const LIFE_MS = 300_000;

async function expired(policy: Partial<KeeperPolicy> = {}) {
  const bench = createKeeperBench({ policy, outlivesProcess: true });
  const grant = bench.provider.signIn();
  await bench.clock.advance(LIFE_MS);
  return { bench, grant };
}

describe("a store that is down when a token has expired", () => {
  it.each(["down", "hanging"] as const)(
    "is waited for 5 s, then the answer is unavailable: %s",
    async (trouble) => {
      const { bench, grant } = await expired();
      bench.ledger.trouble = trouble;
      const before = bench.clock.monotonicMs();
      const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
      expect(outcome).toEqual({ kind: "unavailable", code: "ledger_unavailable", retryAfterSeconds: 1 });
      expect(bench.clock.monotonicMs() - before).toBeGreaterThanOrEqual(4_700);
      expect(bench.clock.monotonicMs() - before).toBeLessThanOrEqual(5_100);
      expect(bench.provider.requests).toHaveLength(0);
      await bench.clock.advance(1_000);
      expect(bench.events.filter(({ kind }) => kind === "ledger_down")).toHaveLength(1);
    },
  );

  it("that comes back within the wait is used, and its outage is reported once", async () => {
    const { bench, grant } = await expired();
    bench.ledger.trouble = "down";
    const asked = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(3_000);
    bench.ledger.trouble = "none";
    expect(await bench.answer(asked)).toMatchObject({ how: "led" });
    await bench.clock.advance(15_000);
    const kinds = bench.events.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "ledger_down")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "ledger_up")).toHaveLength(1);
  });

  it("is looked after by a later request where the runtime takes the timers of an earlier one away", async () => {
    const { bench, grant } = await expired();
    bench.ledger.trouble = "down";
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({ kind: "unavailable" });
    bench.clock.dropTimers();
    bench.ledger.trouble = "none";
    await bench.clock.advance(6_000);
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({ how: "led" });
    await bench.clock.advance(16_000);
    expect(bench.events.map(({ kind }) => kind)).toContain("ledger_up");
  });

  it("is done without where that was chosen, once for all callers, and recorded later", async () => {
    const { bench, grant } = await expired({ ledgerDown: "refresh-locally" });
    bench.ledger.trouble = "down";
    const calls = Array.from({ length: 5 }, () => bench.visit(grant).ensureFresh(""));
    const outcomes = await bench.answer(Promise.all(calls));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => "fresh"));
    expect(bench.provider.requests).toHaveLength(1);
    bench.ledger.trouble = "none";
    await bench.clock.advance(1_000);
    const other = bench.newProcess();
    const late = await bench.answer(other.keeper.open(bench.request(grant)).ensureFresh(""));
    expect(late).toMatchObject({ how: "replayed", accessToken: "at-2" });
  });

  it("gets one probe in a quarter of a second from a process, however many sessions wait for it", async () => {
    const { bench, grant } = await expired();
    bench.ledger.trouble = "down";
    await bench.answer(bench.visit(grant, { sid: "first" }).ensureFresh(""));
    bench.ledger.calls.clear();
    for (let index = 0; index < 200; index += 1) {
      void bench.visit(grant, { sid: `session-${index}` }).ensureFresh("");
      await bench.clock.advance(50);
    }
    expect(bench.ledger.calls).toEqual(new Map([["probe", 40]]));
  });
});

describe("a store that goes away between the token call and its recording", () => {
  it("keeps one line of descent when another process has taken over within the provider's grace", async () => {
    const calls: string[] = [];
    const bench = createKeeperBench({
      outlivesProcess: true,
      policy: { reuseGraceSeconds: 60 },
      refresh: () => async (request) => {
        calls.push(request.refreshToken);
        const name = `${calls.length} after ${request.refreshToken}`;
        const issuedAt = bench.clock.nowMs();
        const accessToken = { token: `at ${name}`, issuedAt, expiresAt: issuedAt + LIFE_MS, scope: "openid" };
        return { kind: "success", accessToken, refreshToken: `rt ${name}` };
      },
    });
    const first = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    bench.ledger.affected = new Set(["publish", "renew"]);
    bench.ledger.trouble = "down";
    const visit = bench.visit(first);
    const ours = await bench.answer(visit.ensureFresh(""));
    if (ours.kind !== "fresh") throw new Error("not refreshed");
    // It needs another token, and waits for its first success to be recorded.
    const waiting = bench.request(first);
    await bench.clock.advance(46_000);
    const further = bench.keeper.open(waiting).ensureFresh("https://notes.example/");
    const taken = await bench.answer(bench.newProcess().keeper.open(bench.request(first)).ensureFresh(""));
    if (taken.kind !== "fresh") throw new Error("not taken over");
    expect(calls).toEqual([first.refreshToken, first.refreshToken]);

    expect(await visit.close({ known: ours.grant, willWrite: false })).toMatchObject({
      grant: taken.grant,
    });
    bench.ledger.trouble = "none";
    expect(await bench.answer(further)).toMatchObject({ kind: "fresh", grant: { generation: 2 } });
    const refused = bench.visit(first).refreshRefused("", ours.grant);
    expect(await bench.answer(refused)).toMatchObject({
      accessToken: taken.accessToken,
      grant: { generation: 2 },
    });
    expect(calls).toEqual([first.refreshToken, first.refreshToken, taken.grant.refreshToken]);
  });

  it("refuses no later call its refresh of a token that an API doesn't take: none has been made", async () => {
    const bench = createKeeperBench({ outlivesProcess: true });
    const grant = bench.provider.signIn();
    await bench.clock.advance(20_000);
    bench.ledger.trouble = "down";
    const refused = () => bench.answer(bench.visit(grant).refreshRefused("", grant));
    for (let times = 0; times < 2; times += 1)
      expect(await refused()).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
    bench.ledger.trouble = "none";
    await bench.clock.advance(2_000);
    expect(await refused()).toMatchObject({ kind: "fresh", how: "led" });
  });

  it("makes no older cookie stale when a later generation is recorded first", async () => {
    const { bench, grant } = await expired();
    const first = await bench.answer(bench.visit(grant).ensureFresh(""));
    if (first.kind !== "fresh") throw new Error("not refreshed");
    await bench.clock.advance(LIFE_MS);
    bench.ledger.affected = new Set(["publish"]);
    const asked = bench.visit(first.grant).ensureFresh("");
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    const unrecorded = await bench.answer(asked);
    if (unrecorded.kind !== "fresh") throw new Error("not refreshed");
    const other = bench.newProcess();
    const later = await bench.answer(other.keeper.open(bench.request(unrecorded.grant)).refreshNow(""));
    expect(later).toMatchObject({ kind: "fresh", grant: { generation: 3 } });

    const old = other.keeper.open(bench.request(grant)).ensureFresh("");
    await bench.clock.advance(1_000);
    bench.ledger.trouble = "none";
    expect(await bench.answer(old)).toMatchObject({ kind: "fresh", grant: { generation: 3 } });
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("costs nobody anything: the leader has its grant, and it is recorded as soon as the store is back", async () => {
    const { bench, grant } = await expired();
    const visit = bench.visit(grant);
    const asked = visit.ensureFresh("");
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    const outcome = await bench.answer(asked);
    expect(outcome).toMatchObject({ kind: "fresh", how: "led", accessToken: "at-2" });
    const late = bench.visit(grant).ensureFresh("");
    expect(await bench.answer(late, 0)).toMatchObject({ how: "joined", accessToken: "at-2" });
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: "record_delayed" }));

    await bench.clock.advance(600_000);
    bench.ledger.trouble = "none";
    await bench.clock.advance(500);
    await bench.answer(bench.keeper.drain(), 0);
    const other = bench.newProcess();
    // The token has expired meanwhile: the other process refreshes the tip, and not what was spent.
    const next = await bench.answer(other.keeper.open(bench.request(grant)).ensureFresh(""));
    expect(next).toMatchObject({ how: "led", grant: { generation: 2 } });
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("a grant that still waits to be recorded isn't handed out when its token has expired", async () => {
    const { bench, grant } = await expired();
    const asked = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    await bench.answer(asked);
    await bench.clock.advance(LIFE_MS);
    const late = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(late).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
  });

  it("the response of who led carries the new grant, and no other", async () => {
    const { bench, grant } = await expired();
    const [leader, joiner] = [bench.visit(grant), bench.visit(grant)];
    const asked = [leader.ensureFresh(""), joiner.ensureFresh("")];
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    const [led, joined] = await bench.answer(Promise.all(asked));
    if (led?.kind !== "fresh" || joined?.kind !== "fresh") throw new Error("not refreshed");
    const options = { willWrite: true };
    expect(await bench.answer(leader.close({ known: led.grant, ...options }))).toEqual({
      kind: "live",
      grant: led.grant,
      changed: true,
    });
    expect(await bench.answer(joiner.close({ known: joined.grant, ...options }))).toEqual({
      kind: "live",
      grant,
      changed: false,
      withhold: true,
    });
  });

  it("a refused grant ends the session only when the store can be asked", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "terminal", reason: "invalid_grant" });
    const asked = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(100);
    bench.ledger.trouble = "down";
    expect(await bench.answer(asked)).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
    expect(await bench.keeper.isEnded(bench.request(grant))).toBeUndefined();
    bench.ledger.trouble = "none";
    await bench.clock.advance(2_000);
    expect(await bench.keeper.isEnded(bench.request(grant))).toBe("grant_ended");
    expect(bench.provider.requests).toHaveLength(1);
  });
});

describe("a store whose answers are lost", () => {
  it("a claim that it granted is given back, so that nobody waits for its lease", async () => {
    const { bench, grant } = await expired();
    bench.ledger.trouble = "deaf";
    bench.ledger.affected = new Set(["claim"]);
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toMatchObject({ kind: "unavailable", code: "ledger_unavailable" });
    const other = bench.newProcess();
    expect(await bench.answer(other.keeper.open(bench.request(grant)).ensureFresh(""), 1_000)).toMatchObject({
      how: "led",
    });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("a success that it has recorded is recorded once", async () => {
    const { bench, grant } = await expired();
    bench.ledger.trouble = "deaf";
    bench.ledger.affected = new Set(["publish"]);
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toMatchObject({ how: "led", accessToken: "at-2" });
    bench.ledger.trouble = "none";
    await bench.answer(bench.keeper.drain(), 1_000);
    expect(bench.revoked).toEqual([]);
    const other = bench.newProcess();
    const late = await bench.answer(other.keeper.open(bench.request(grant)).ensureFresh(""));
    expect(late).toMatchObject({ how: "replayed", accessToken: "at-2" });
  });
});

describe("a leader that disappears", () => {
  /** A process that leads, and then reaches neither the store nor the provider's answer any more. */
  async function crashed() {
    const { bench, grant } = await expired();
    const gone = bench.newProcess();
    bench.provider.failNext({ kind: "reset_before" });
    bench.provider.delayMs = Number.MAX_SAFE_INTEGER;
    void gone.keeper.open(bench.request(grant)).ensureFresh("");
    await bench.clock.advance(100);
    gone.ledger.trouble = "hanging";
    bench.provider.delayMs = 300;
    return { bench, grant, gone };
  }

  it("keeps its lease until that runs out, and others answer unavailable meanwhile", async () => {
    const { bench, grant } = await crashed();
    await bench.clock.advance(30_000);
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toMatchObject({ kind: "unavailable", code: "refresh_unavailable" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("is taken over when its lease has been seen expired for 5 s", async () => {
    const { bench, grant } = await crashed();
    await bench.clock.advance(60_000);
    const before = bench.clock.monotonicMs();
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toMatchObject({ kind: "fresh", how: "led" });
    expect(bench.clock.monotonicMs() - before).toBeGreaterThan(5_000);
    expect(bench.provider.requests).toHaveLength(2);
  });

  it("is not taken over after an outage of the store before 5 s in which it could have come back", async () => {
    const { bench, grant } = await crashed();
    await bench.clock.advance(60_000);
    const first = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(3_000);
    bench.ledger.trouble = "down";
    await bench.clock.advance(4_000);
    bench.ledger.trouble = "none";
    await bench.clock.advance(2_900);
    expect(bench.provider.requests).toHaveLength(1);
    await bench.answer(first);
    const second = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(second).toMatchObject({ how: "led" });
  });

  it("that comes back within these 5 s records its success, and nobody asks the provider again", async () => {
    const { bench, grant } = await expired();
    const slow = bench.newProcess();
    const led = slow.keeper.open(bench.request(grant)).ensureFresh("");
    await bench.clock.advance(100);
    slow.ledger.trouble = "down";
    await bench.answer(led);
    await bench.clock.advance(100_000);
    const asked = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(4_000);
    slow.ledger.trouble = "none";
    expect(await bench.answer(asked)).toMatchObject({ kind: "fresh", how: "joined", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("that was paused while connecting doesn't send what may have been sent since", async () => {
    const { bench, grant } = await expired();
    const outcome = bench.visit(grant).ensureFresh("");
    await bench.clock.settle();
    await bench.clock.pauseProcess(50_000);
    expect(bench.provider.requests).toHaveLength(0);
    expect(await bench.answer(outcome)).toMatchObject({ kind: "unavailable" });
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({
      kind: "fresh",
    });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("whose lease is too short for a whole token call gives its claim back and sends nothing", async () => {
    const { bench, grant } = await expired();
    const asked = bench.visit(grant).ensureFresh("");
    await bench.clock.settle();
    // While it connects, it stands still for longer than a lease outlasts a token call.
    await bench.clock.pauseProcess(16_000);
    expect(await bench.answer(asked)).toMatchObject({ kind: "unavailable", code: "refresh_unavailable" });
    expect(bench.provider.requests).toHaveLength(0);
    expect(bench.keeper.isProviderDown()).toBe(false);
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({
      how: "led",
    });
  });

  it("whose success comes after it was taken over is recorded, if the other one has failed", async () => {
    const { bench, grant } = await expired();
    const paused = bench.newProcess();
    bench.provider.delayMs = 29_000;
    void paused.keeper.open(bench.request(grant)).ensureFresh("");
    await bench.clock.advance(100);
    paused.ledger.trouble = "down";
    await bench.clock.advance(45_000);
    bench.provider.delayMs = 300;
    bench.provider.failNext({ kind: "unsent", reason: "refused" });
    const failed = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(failed).toMatchObject({ kind: "unavailable" });
    paused.ledger.trouble = "none";
    await bench.clock.advance(1_000);
    const next = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(next).toMatchObject({ kind: "fresh", how: "replayed", accessToken: "at-2" });
  });
});

describe("a long token call", () => {
  it("keeps its lease by renewing it", async () => {
    const { bench, grant } = await expired({ tokenTimeoutMs: 2_000 });
    const other = bench.newProcess();
    bench.ledger.affected = new Set(["publish"]);
    bench.ledger.trouble = "down";
    await bench.answer(bench.visit(grant).ensureFresh(""));
    // The success can't be recorded for longer than a lease and a take-over take: only renewals keep others away.
    for (let waited = 0; waited < 40_000; waited += 10_000) {
      const outcome = await bench.answer(other.keeper.open(bench.request(grant)).ensureFresh(""));
      expect(outcome).toMatchObject({ kind: "unavailable" });
    }
    expect(bench.provider.requests).toHaveLength(1);
    bench.ledger.trouble = "none";
    await bench.answer(bench.keeper.drain());
    expect(await bench.answer(other.keeper.open(bench.request(grant)).ensureFresh(""))).toMatchObject({
      how: "replayed",
    });
    expect(bench.provider.reuseDetected).toBe(0);
  });
});
