import { describe, expect, it } from "vitest";
import { createKeeperBench, type KeeperBench } from "../../fixtures/keeper-bench.ts";
import type { Grant } from "../grant/grant.ts";
import type { KeeperPolicy } from "../refresh/keeper-policy.ts";
import type { RefreshAnswer } from "../refresh/refresh-call.ts";

const LIFE_MS = 300_000;

async function expired(policy: Partial<KeeperPolicy> = {}) {
  const bench = createKeeperBench({ policy });
  const grant = bench.provider.signIn();
  await bench.clock.advance(LIFE_MS);
  return { bench, grant };
}

function ask(bench: KeeperBench, grant: Grant, sid = "a-session") {
  return bench.answer(bench.visit(grant, { sid }).ensureFresh(""));
}

/** As the demo does it: the session's own note of when the token expires is put into the past. */
function expire(grant: Grant): Grant {
  const entries = Object.entries(grant.accessTokens).map(([resource, token]) => [
    resource,
    { ...token, expiresAt: 0 },
  ]);
  return { ...grant, accessTokens: Object.fromEntries(entries) };
}

const UNAVAILABLE = {
  kind: "unavailable",
  code: "refresh_unavailable",
  retryAfterSeconds: expect.toSatisfy((seconds: number) => seconds >= 1),
};

describe("a provider that fails", () => {
  const failures: readonly RefreshAnswer[] = [
    { kind: "unsent", reason: "connection refused" },
    { kind: "unsent", reason: "503", status: 503 },
    { kind: "unsent", reason: "429", status: 429, retryAfterSeconds: 1 },
    { kind: "client", reason: "invalid_client", status: 401 },
    { kind: "ambiguous", reason: "time-out" },
    { kind: "ambiguous", reason: "500", status: 500 },
    { kind: "unreadable", reason: "not_json", status: 200 },
    { kind: "refused", reason: "400 without a reason", status: 400 },
  ];

  it.each(failures)("S-089: ends no session: $kind, $reason", async (failure) => {
    const { bench, grant } = await expired();
    bench.provider.failNext(failure);
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    await bench.clock.advance(2_000);
    expect(await ask(bench, grant)).toMatchObject({ kind: "fresh", how: "led" });
  });

  it.each(failures)("S-090: is not noticed while the token lives: $kind, $reason", async (failure) => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS - 4_000);
    bench.provider.failNext(failure);
    expect(await ask(bench, grant)).toMatchObject({ how: "unchanged", accessToken: "at-1" });
  });

  it("S-090: is asked once a second at most by a process, whatever its sessions do", async () => {
    const { bench, grant } = await expired();
    bench.provider.delayMs = 10;
    const down = Array.from({ length: 200 }, () => ({ kind: "unsent", reason: "503", status: 503 }) as const);
    bench.provider.failNext(...down);
    const sessions = Array.from({ length: 10 }, (_, index) => `session-${index}`);
    await ask(bench, grant, "the-first");
    const before = bench.provider.requests.length;
    for (let step = 0; step < 100; step += 1) {
      void Promise.all(sessions.map((sid) => bench.visit(grant, { sid }).ensureFresh("")));
      await bench.clock.advance(100);
    }
    const probes = bench.provider.requests.length - before;
    expect(probes).toBeGreaterThanOrEqual(8);
    expect(probes).toBeLessThanOrEqual(10);
    expect(bench.keeper.isProviderDown()).toBe(true);
  });

  it("S-090: lets the first call after its recovery succeed", async () => {
    const { bench, grant } = await expired();
    const fresh = Array.from({ length: 5 }, () => expire(bench.provider.signIn()));
    for (let second = 0; second < 60; second += 1) {
      bench.provider.failNext({ kind: "unsent", reason: "503", status: 503 });
      expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    }
    const others = Array.from({ length: 5 }, (_, index) =>
      ask(bench, fresh[index] ?? grant, `session-${index}`),
    );
    expect(await ask(bench, grant)).toMatchObject({ kind: "fresh", how: "led" });
    expect(bench.keeper.isProviderDown()).toBe(false);
    await Promise.all(others);
  });

  it("is left alone for as long as it asks", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "unsent", reason: "429", status: 429, retryAfterSeconds: 20 });
    expect(await ask(bench, grant)).toEqual({
      kind: "unavailable",
      code: "refresh_unavailable",
      retryAfterSeconds: 20,
    });
    await bench.clock.advance(10_000);
    const outcome = await ask(bench, grant);
    expect(outcome).toEqual(UNAVAILABLE);
    expect(bench.provider.requests).toHaveLength(1);
    await bench.clock.advance(10_000);
    expect(await ask(bench, grant)).toMatchObject({ how: "led" });
  });

  it("that rejects instead of answering counts as ambiguous, and its message goes nowhere", async () => {
    const bench = createKeeperBench({ refresh: () => () => Promise.reject(new Error("secret")) });
    const grant = expire(bench.provider.signIn());
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    expect(bench.events).toContainEqual(expect.objectContaining({ outcome: "ambiguous", reason: "Error" }));
    expect(JSON.stringify(bench.events)).not.toContain("secret");
  });
});

describe("an ambiguous failure", () => {
  it("S-092: is repeated once at once where the provider has a grace", async () => {
    const { bench, grant } = await expired({ reuseGraceSeconds: 30 });
    bench.provider.rotation = "none";
    bench.provider.failNext({ kind: "reset_after" });
    expect(await ask(bench, grant)).toMatchObject({ kind: "fresh", how: "led" });
    expect(bench.provider.requests).toHaveLength(2);
  });

  it("S-092: is repeated only once at once", async () => {
    const { bench, grant } = await expired({ reuseGraceSeconds: 30 });
    bench.provider.failNext({ kind: "reset_before" }, { kind: "reset_before" }, { kind: "reset_before" });
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    expect(bench.provider.requests).toHaveLength(2);
  });

  it("is not repeated at once where it has none", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "reset_before" });
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    expect(bench.provider.requests).toHaveLength(1);
  });
});

describe("a token call without an end", () => {
  it("is given up after 30 s as ambiguous", async () => {
    const { bench, grant } = await expired();
    bench.provider.delayMs = 100_000;
    expect(await ask(bench, grant)).toEqual(UNAVAILABLE);
    await bench.clock.advance(25_000);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ outcome: "ambiguous", reason: "no answer in time" }),
    );
  });

  it("that succeeds after all is recorded, and saves the session", async () => {
    const { bench, grant } = await expired();
    bench.provider.delayMs = 40_000;
    void bench.visit(grant).ensureFresh("");
    await bench.clock.advance(41_000);
    expect(await ask(bench, grant)).toMatchObject({ kind: "fresh", how: "replayed", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("an answer that has arrived during a pause wins over the time-out that fires first", async () => {
    const answers: (() => void)[] = [];
    const bench = createKeeperBench({
      refresh: () => () =>
        new Promise((resolve) => {
          const accessToken = { token: "at-9", issuedAt: 0, expiresAt: Number.MAX_SAFE_INTEGER, scope: "" };
          answers.push(() => resolve({ kind: "success", refreshToken: "rt-9", accessToken }));
        }),
    });
    const grant = expire(bench.provider.signIn());
    const outcome = bench.visit(grant).ensureFresh("");
    await bench.clock.settle();
    // All timers fire; the answer lies in the socket and is read in the next round of the event loop.
    await bench.clock.pauseProcess(120_000);
    for (const arrive of answers) arrive();
    expect(await bench.answer(outcome, 0)).toMatchObject({ kind: "fresh", how: "led", accessToken: "at-9" });
  });
});

describe("a refused grant", () => {
  it("S-089: ends the session", async () => {
    const { bench, grant } = await expired();
    bench.provider.failNext({ kind: "terminal", reason: "invalid_grant", status: 400 });
    expect(await ask(bench, grant)).toEqual({ kind: "ended", reason: "grant_ended" });
    expect(await bench.keeper.isEnded(bench.request(grant))).toBe("grant_ended");
    expect(bench.events).toContainEqual(expect.objectContaining({ outcome: "terminal", status: 400 }));
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: "session_ended" }));
  });

  it("ends nothing if somebody else's success is in the ledger, or comes within a short wait", async () => {
    for (const lateMs of [0, 700]) {
      const { bench, grant } = await expired();
      const other = bench.newProcess();
      // The other process loses its way to the store while it refreshes: its lease runs out.
      const first = other.keeper.open(bench.request(grant)).ensureFresh("");
      await bench.clock.advance(100);
      other.ledger.trouble = "down";
      await bench.answer(first);
      await bench.clock.advance(44_000);
      const taken = bench.visit(grant).ensureFresh("");
      // After 5 s it is taken over, refused as reused, and then the other one finds its way back.
      await bench.clock.advance(6_200 - 700 + lateMs);
      other.ledger.trouble = "none";
      expect(await bench.answer(taken)).toMatchObject({ kind: "fresh", accessToken: "at-2" });
    }
  });
});

describe("a refused grant whose successor came meanwhile", () => {
  it("is answered with the successor at once", async () => {
    const { bench, grant } = await expired();
    const other = bench.newProcess();
    const first = other.keeper.open(bench.request(grant)).ensureFresh("");
    await bench.clock.advance(100);
    other.ledger.trouble = "down";
    await bench.answer(first);
    await bench.clock.advance(44_000);
    bench.provider.delayMs = 2_000;
    const taken = bench.visit(grant).ensureFresh("");
    await bench.clock.advance(6_500);
    expect(bench.provider.reuseDetected).toBe(1);
    other.ledger.trouble = "none";
    await bench.clock.advance(500);
    const answeredAt = bench.clock.monotonicMs();
    expect(await bench.answer(taken)).toMatchObject({ kind: "fresh", accessToken: "at-2" });
    expect(bench.clock.monotonicMs() - answeredAt).toBeLessThan(1_000);
  });
});
