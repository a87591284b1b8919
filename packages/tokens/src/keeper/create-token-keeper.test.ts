import { describe, expect, it } from "vitest";
import { createKeeperBench } from "../../fixtures/keeper-bench.ts";
import { createTokenKeeper } from "./create-token-keeper.ts";
import { createMemoryLedger } from "../ledger/memory-ledger.ts";
import { createManualClock } from "../../fixtures/manual-clock.ts";
import { createSimulatedProvider } from "../../fixtures/simulated-provider.ts";

const LIFE_MS = 300_000;

describe("a token that lives", () => {
  it("is used as it is, without any store access", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    const visit = bench.visit(grant);
    const outcome = await visit.ensureFresh("");
    expect(outcome).toMatchObject({ kind: "fresh", how: "unchanged", grant });
    const close = await visit.close({ known: grant, willWrite: false });
    expect(close).toEqual({ kind: "live", grant, changed: false });
    expect(bench.ledger.calls).toEqual(new Map());
  });
});

describe("an expired token", () => {
  it("S-084: is refreshed once for 50 parallel calls, and all get the result", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const calls = Array.from({ length: 50 }, () => bench.visit(grant).ensureFresh(""));
    const outcomes = await bench.answer(Promise.all(calls));
    expect(bench.provider.requests).toHaveLength(1);
    const tokens = outcomes.map((outcome) => outcome.kind === "fresh" && outcome.accessToken);
    expect(new Set(tokens)).toEqual(new Set(["at-2"]));
    expect(outcomes.filter((outcome) => outcome.kind === "fresh" && outcome.how === "led")).toHaveLength(1);
    expect(bench.events.filter((event) => event.kind === "refresh").map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(["led", ...Array.from({ length: 49 }, () => "joined")]),
    );
  });

  it("S-084: is refreshed once by two processes on one ledger", async () => {
    const bench = createKeeperBench();
    const other = bench.newProcess();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const [first, second] = await bench.answer(
      Promise.all([
        bench.visit(grant).ensureFresh(""),
        other.keeper.open(bench.request(grant)).ensureFresh(""),
      ]),
    );
    expect(first).toMatchObject({ kind: "fresh", how: "led", accessToken: "at-2" });
    expect(second).toMatchObject({ kind: "fresh", how: "joined", accessToken: "at-2" });
    expect(bench.provider.requests).toHaveLength(1);
  });

  it("S-086: is replaced from the ledger for an old cookie, over several generations", async () => {
    const bench = createKeeperBench();
    const other = bench.newProcess();
    const first = bench.provider.signIn();
    let grant = first;
    for (let round = 0; round < 3; round += 1) {
      await bench.clock.advance(LIFE_MS);
      const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
      if (outcome.kind === "fresh") grant = outcome.grant;
    }
    expect(grant.generation).toBe(3);
    const late = await bench.answer(other.keeper.open(bench.request(first)).ensureFresh(""));
    expect(late).toMatchObject({ kind: "fresh", how: "replayed", grant });
    expect(bench.provider.requests).toHaveLength(3);
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("is refreshed in the last tenth of its life, before it has expired", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS - 4_999);
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toMatchObject({ how: "led" });
  });

  it("S-092: a request waits 10 s at most, and its token call goes on without it", async () => {
    const bench = createKeeperBench();
    bench.provider.delayMs = 20_000;
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    const before = bench.clock.monotonicMs();
    const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(outcome).toEqual({ kind: "unavailable", code: "refresh_unavailable", retryAfterSeconds: 1 });
    expect(bench.clock.monotonicMs() - before).toBeLessThanOrEqual(10_100);
    await bench.answer(bench.keeper.drain());
    const next = await bench.answer(bench.visit(grant).ensureFresh(""));
    expect(next).toMatchObject({ kind: "fresh", how: "replayed" });
    expect(bench.provider.requests).toHaveLength(1);
  });
});

describe("a token call as long as the configuration allows", () => {
  it("is the only one with its refresh token, however long its requests have given up", async () => {
    const bench = createKeeperBench({ policy: { tokenTimeoutMs: 90_000 } });
    const other = bench.newProcess();
    bench.provider.delayMs = 85_000;
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    for (let waited = 0; waited < 80_000; waited += 10_000) {
      const asked = [bench, other].map(({ keeper }) => keeper.open(bench.request(grant)).ensureFresh(""));
      const unavailable = { kind: "unavailable", code: "refresh_unavailable" };
      expect(await bench.answer(Promise.all(asked))).toMatchObject([unavailable, unavailable]);
    }
    expect(bench.provider.requests).toHaveLength(1);
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({ accessToken: "at-2" });
  });

  it("counts from when it is sent, and not from when its connection was begun", async () => {
    const bench = createKeeperBench({
      policy: { tokenTimeoutMs: 5_000 },
      refresh: (real) => async (request) => {
        await new Promise<void>((resolve) => void bench.clock.setTimeout(resolve, 4_000));
        return real(request);
      },
    });
    bench.provider.delayMs = 4_500;
    const grant = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS);
    expect(await bench.answer(bench.visit(grant).ensureFresh(""))).toMatchObject({ how: "led" });
    expect(bench.provider.requests).toHaveLength(1);
  });
});

describe("a request whose 10 s are up", () => {
  it("starts no further token call, which nobody would wait for", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn(["", "notes"]);
    await bench.clock.advance(LIFE_MS);
    const first = bench.visit(grant).ensureFresh("notes");
    await bench.clock.advance(100);
    // It waits for the first one; then the process stands still for longer than it may wait, and the answer is there.
    const second = bench.visit(grant).ensureFresh("");
    await bench.clock.settle();
    await bench.clock.pauseProcess(12_000);
    expect(await bench.answer(first)).toMatchObject({ kind: "fresh" });
    expect(await bench.answer(second)).toMatchObject({ kind: "unavailable", code: "refresh_unavailable" });
    await bench.clock.advance(60_000);
    expect(bench.provider.requests).toHaveLength(1);
  });
});

describe("several resources on one refresh token", () => {
  it("S-085: are refreshed one after the other, nothing is lost, and no token crosses", async () => {
    const bench = createKeeperBench();
    const other = bench.newProcess();
    const grant = bench.provider.signIn(["", "notes", "files"]);
    await bench.clock.advance(LIFE_MS);
    const resources = ["", "notes", "files", "notes", "", "files"];
    const calls = resources.map((resource, index) =>
      (index % 2 === 0 ? bench : other).keeper.open(bench.request(grant)).ensureFresh(resource),
    );
    const outcomes = await bench.answer(Promise.all(calls));
    for (const [index, outcome] of outcomes.entries()) {
      const token = outcome.kind === "fresh" ? outcome.accessToken : "none";
      expect(bench.provider.accepts(token, resources[index] ?? "?")).toBe(true);
    }
    expect(bench.provider.requests).toHaveLength(3);
    const newest = outcomes.flatMap((outcome) => (outcome.kind === "fresh" ? [outcome.grant] : []));
    const last = newest.find(({ generation }) => generation === 3);
    expect(Object.keys(last?.accessTokens ?? {})).toEqual(["", "notes", "files"]);
    expect(bench.provider.reuseDetected).toBe(0);
  });

  it("a token for a resource that the session has none for is asked for, and the others stay", async () => {
    const bench = createKeeperBench();
    const grant = bench.provider.signIn();
    const outcome = await bench.answer(bench.visit(grant).ensureFresh("notes"));
    expect(outcome).toMatchObject({ how: "led", grant: { accessTokens: { "": { token: "at-1" } } } });
    const token = outcome.kind === "fresh" ? outcome.accessToken : "none";
    expect(bench.provider.accepts(token, "notes")).toBe(true);
  });
});

describe("a provider that doesn't rotate", () => {
  it.each(["none", "absent"] as const)(
    "S-088: (%s) keeps its refresh token, and the generation rises",
    async (rotation) => {
      const bench = createKeeperBench();
      bench.provider.rotation = rotation;
      const first = bench.provider.signIn();
      let grant = first;
      for (let round = 1; round <= 3; round += 1) {
        await bench.clock.advance(LIFE_MS);
        const outcome = await bench.answer(bench.visit(grant).ensureFresh(""));
        grant = outcome.kind === "fresh" ? outcome.grant : grant;
        expect(grant).toMatchObject({ generation: round, refreshToken: first.refreshToken });
      }
      const late = await bench.answer(bench.visit(first).ensureFresh(""));
      expect(late).toMatchObject({ how: "replayed", grant: { generation: 3 } });
    },
  );
});

describe("a session without a refresh token", () => {
  it("uses its token until it expires, and then is over", async () => {
    const bench = createKeeperBench();
    const { refreshToken: _none, ...grant } = bench.provider.signIn();
    await bench.clock.advance(LIFE_MS - 1);
    expect(await bench.visit(grant).ensureFresh("")).toMatchObject({ how: "unchanged" });
    await bench.clock.advance(1);
    expect(await bench.visit(grant).ensureFresh("")).toEqual({
      kind: "ended",
      reason: "grant_ended",
    });
    expect(bench.provider.requests).toHaveLength(0);
  });
});

describe("a session without a refresh token, asked for a resource that it has no token for", () => {
  it.each(["ensureFresh", "refreshNow"] as const)(
    "says at once that there will never be one: %s",
    async (ask) => {
      const bench = createKeeperBench();
      const { refreshToken: _none, ...grant } = bench.provider.signIn();
      expect(await bench.visit(grant)[ask]("notes")).toEqual({ kind: "unobtainable" });
      expect(await bench.visit(grant).ensureFresh("")).toMatchObject({ how: "unchanged" });
      expect(bench.ledger.calls).toEqual(new Map());
    },
  );
});

describe("the observer", () => {
  it("costs no session when it throws", async () => {
    const bench = createKeeperBench({
      observer: () => {
        throw new Error("metrics are down");
      },
    });
    const grant = bench.provider.signIn();
    expect(await bench.answer(bench.visit(grant).refreshNow(""))).toMatchObject({
      how: "led",
    });
  });
});

describe("the store", () => {
  it("gets no token, session id or person in the clear, with the real cryptography", async () => {
    const clock = createManualClock();
    const provider = createSimulatedProvider(clock);
    const ledger = createMemoryLedger(clock);
    const stored: unknown[] = [];
    const spied = {
      ...ledger,
      publish: (...args: Parameters<typeof ledger.publish>) => {
        stored.push(args);
        return ledger.publish(...args);
      },
    };
    const keeper = createTokenKeeper({
      ledger: spied,
      refresh: provider.refresh,
      ports: { ...clock, randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    });
    const grant = provider.signIn();
    const session = {
      sid: "a-session",
      iss: "https://id.example",
      sub: "ada@example.org",
      idTokenIat: 1,
      absoluteDeadline: clock.nowMs() + 43_200_000,
      arrivedAt: clock.nowMs(),
      grant,
    };
    await clock.advance(LIFE_MS);
    const pending = keeper.open(session).ensureFresh("");
    await expect
      .poll(
        async () => {
          await clock.advance(100);
          return stored.length;
        },
        { interval: 1 },
      )
      .toBe(1);
    await pending;
    const late = await keeper.open({ ...session }).ensureFresh("");
    expect(late).toMatchObject({ kind: "fresh", how: "replayed", accessToken: "at-2" });
    expect(JSON.stringify(stored)).not.toMatch(/rt-|at-2|a-session|ada|example/u);
  });
});
