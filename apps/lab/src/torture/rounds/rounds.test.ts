import { describe, expect, it } from "vitest";
import { honoOidcAuth } from "../stage/adapters/hono-oidc-auth.ts";
import { bringVisitor } from "../stage/bring-visitor.ts";
import { onStage } from "../stage/stage.ts";
import { disrupt } from "./disrupt.ts";
import { countFaults, planRounds } from "./plan.ts";
import { DEFAULT_ROUNDS, playRounds } from "./play-rounds.ts";
import { brokenPromises } from "./report.ts";
import { createRun } from "./run.ts";

const PLAN = {
  rounds: 200,
  sessions: 20,
  instances: 4,
  faults: ["stale", "abort", "logout", "kill", "store", "failover", "reshard", "outage"],
  pageEvery: 5,
  staleDelaysMs: [40, 300, 540_000],
  outageSeconds: 60,
} as const;

describe("the plan of the rounds", () => {
  it("follows from the seed alone", () => {
    expect(planRounds({ ...PLAN, seed: 7 })).toEqual(planRounds({ ...PLAN, seed: 7 }));
    expect(planRounds({ ...PLAN, seed: 7 })).not.toEqual(planRounds({ ...PLAN, seed: 8 }));
  });

  it("has every fault that is asked for, and no other, however short the run", () => {
    const plan = planRounds({ ...PLAN, rounds: 32, sessions: 4, seed: 1 });
    expect(new Set(Object.keys(countFaults(plan)))).toEqual(new Set(PLAN.faults));
  });

  it("counts the rounds from 1, each once", () => {
    const rounds = planRounds({ ...PLAN, rounds: 50, seed: 3 }).flatMap((batch) => batch.rounds);
    expect(rounds.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });
});

describe("our own server under torture", () => {
  it(
    "S-084: makes one token call a round and answers every call 200, with one process",
    { timeout: 60_000 },
    async () => {
      const report = await playRounds({ rounds: 10, sessions: 5, tokenSeconds: 4 });
      expect(report.surprises).toEqual([]);
      expect(brokenPromises(report)).toEqual([]);
      expect(report).toMatchObject({ rounds: 10, faults: {}, grantsRevoked: 0, sessionsLost: 0 });
      expect(report.apiOk).toBe(report.apiCalls);
    },
  );

  it(
    "S-084 S-086 S-087 S-092 S-093: loses no session of two instances to old cookies, clients that leave, sign-outs and kill -9",
    { timeout: 120_000 },
    async () => {
      const report = await playRounds({
        rounds: 12,
        sessions: 4,
        instances: 2,
        tokenSeconds: 4,
        faults: ["stale", "abort", "logout", "kill"],
        staleDelaysMs: [40, 300],
        // Sessions whose token call is in flight at a kill take a lease to resolve.
        slowTokenMs: 0,
      });
      expect(brokenPromises(report)).toEqual([]);
      expect(report.faults).toMatchObject({ abort: expect.any(Number), kill: 1, logout: expect.any(Number) });
      expect(report.apiOk).toBe(report.apiCalls);
      expect(Object.keys(report.stale)).toEqual(["40", "300"]);
    },
  );
});

describe("the shapes of trouble", () => {
  it("a browser that restores tabs loads a page in each", { timeout: 60_000 }, async () => {
    const report = await playRounds({ rounds: 1, sessions: 1, pageEvery: 1, tabs: 3, tokenSeconds: 4 });
    expect(report).toMatchObject({ apiCalls: 18, apiOk: 18, tokenCalls: 1, sessionsLost: 0 });
  });

  it("a deploy replaces each instance", { timeout: 60_000 }, async () => {
    const options = { ...DEFAULT_ROUNDS, instances: 2, tokenSeconds: 4 };
    await onStage({ ...options, people: 1 }, async (stage) => {
      const visitor = await bringVisitor(stage);
      const pids = (): readonly number[] => [0, 1].flatMap((index) => stage.instance(index).pids());
      const before = pids();
      await disrupt({ kind: "deploy", moment: 0 }, [visitor], createRun(stage, options));
      expect(new Set([...before, ...pids()]).size).toBe(4);
      expect(await visitor.call()).toMatchObject({ status: 200 });
    });
  });

  it(
    "an answer that is lost costs no session where the provider has a grace",
    { timeout: 60_000 },
    async () => {
      const always = { kind: "cut" } as const;
      const plain = { rounds: 2, sessions: 2, pageEvery: 0, tokenSeconds: 3, waveCalls: 1, always };
      const report = await playRounds({ ...plain, provider: "rotating-with-grace" });
      expect(report).toMatchObject({ sessionsLost: 0, grantsRevoked: 0, roundsWithoutTrouble: 0 });
      expect(report.tokenCalls).toBeGreaterThan(2);
    },
  );
});

describe("our own server beside a provider in trouble", () => {
  it("loses no session to three refusals in a row", { timeout: 60_000 }, async () => {
    const report = await playRounds({
      rounds: 3,
      sessions: 3,
      pageEvery: 0,
      tokenSeconds: 3,
      always: { kind: "busy" },
    });
    expect(report).toMatchObject({ sessionsLost: 0, grantsRevoked: 0, faults: { busy: 3 } });
    expect(report.tokenCalls).toBeGreaterThan(3);
  });
});

describe("a BFF that refreshes in every call", () => {
  it("loses each session, and the report says so", { timeout: 60_000 }, async () => {
    const report = await playRounds({
      target: honoOidcAuth,
      rounds: 2,
      sessions: 2,
      pageEvery: 0,
      tokenSeconds: 3,
      tokenEndpointMs: 100,
    });
    expect(report).toMatchObject({ rounds: 2, sessionsLost: 2, grantsRevoked: 2 });
    expect(report.tokenCalls).toBeGreaterThan(2);
    expect(report.apiOk).toBeLessThan(report.apiCalls);
    expect(brokenPromises(report)).not.toEqual([]);
  });
});
