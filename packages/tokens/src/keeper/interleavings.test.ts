import type { SessionRef } from "../grant/session-ref.ts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createManualClock } from "../../fixtures/manual-clock.ts";
import { createSynchronousCrypto } from "../../fixtures/plain-crypto.ts";
import { createSimulatedProvider } from "../../fixtures/simulated-provider.ts";
import { createSlowLedger } from "../../fixtures/slow-ledger.ts";
import { createTroubledLedger } from "../../fixtures/troubled-ledger.ts";
import { createTokenKeeperOn } from "./create-token-keeper.ts";
import type { Grant } from "../grant/grant.ts";
import { createMemoryLedger } from "../ledger/memory-ledger.ts";
import type { FreshOutcome } from "./token-keeper.ts";

const RESOURCES = ["", "notes"] as const;

/** What a browser, its tabs and the processes behind it do, and when. */
interface Move {
  readonly afterMs: number;
  readonly process: number;
  readonly resource: (typeof RESOURCES)[number];
  /** How long the API takes, before the headers leave. */
  readonly workMs: number;
  /** How long the response takes; the jar holds what arrives last. */
  readonly travelMs: number;
  readonly isLost: boolean;
  /** The tab was asleep, or the jar was put back: it shows the cookie of some moves ago. */
  readonly behind: number;
  readonly isExplicit: boolean;
  readonly trouble: "none" | "provider" | "store";
}

const PROCESSES = 3;

function moves(options: { readonly withTrouble: boolean }): fc.Arbitrary<readonly Move[]> {
  const move = fc.record<Move>({
    // Mostly together, sometimes around an expiry.
    afterMs: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 400 }) },
      { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 30_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 120_000 }) },
    ),
    process: fc.nat({ max: PROCESSES - 1 }),
    resource: fc.constantFrom(...RESOURCES),
    workMs: fc.integer({ min: 0, max: 2_000 }),
    travelMs: fc.integer({ min: 0, max: 3_000 }),
    isLost: fc.boolean(),
    behind: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 6 }) }),
    isExplicit: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    trouble: options.withTrouble
      ? fc.oneof(
          { weight: 12, arbitrary: fc.constant("none" as const) },
          { weight: 1, arbitrary: fc.constantFrom("provider" as const, "store" as const) },
        )
      : fc.constant("none" as const),
  });
  return fc.array(move, { minLength: 10, maxLength: 60 });
}

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Answered {
  readonly resource: string;
  readonly outcome: FreshOutcome;
  readonly isAccepted: boolean;
}

async function play(
  script: readonly Move[],
  seed: number,
  rotation: "strict" | "none" | "absent" = "strict",
) {
  const random = seededRandom(seed);
  const clock = createManualClock();
  const provider = createSimulatedProvider(clock);
  provider.rotation = rotation;
  provider.lifetimeMs = 40_000;
  const store = createMemoryLedger(clock, { outlivesProcess: true });
  const processes = Array.from({ length: PROCESSES }, () => {
    const ledger = createTroubledLedger(createSlowLedger(store, clock, random, 30), clock);
    const keeper = createTokenKeeperOn(createSynchronousCrypto(), {
      ledger,
      refresh: provider.refresh,
      ports: {
        ...clock,
        randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      },
    });
    return { ledger, keeper };
  });

  const start = clock.nowMs();
  let jar = provider.signIn(RESOURCES);
  const jars: Grant[] = [jar];
  const answered: Answered[] = [];
  const inFlight: Promise<void>[] = [];

  async function request(move: Move): Promise<void> {
    const keeper = processes[move.process]?.keeper;
    if (keeper === undefined) throw new Error("no such process");
    const grant = jars.at(-1 - move.behind) ?? jar;
    const session: SessionRef = {
      sid: "a-session",
      iss: "https://id.example",
      sub: "ada",
      idTokenIat: Math.floor(start / 1_000),
      absoluteDeadline: start + 43_200_000,
      arrivedAt: clock.nowMs(),
      grant,
    };
    const visit = keeper.open(session);
    const outcome = move.isExplicit
      ? await visit.refreshNow(move.resource)
      : await visit.ensureFresh(move.resource);
    const token = outcome.kind === "fresh" ? outcome.accessToken : "";
    answered.push({ resource: move.resource, outcome, isAccepted: provider.accepts(token, move.resource) });
    await pause(move.workMs);
    const known = outcome.kind === "fresh" ? outcome.grant : grant;
    const close = await visit.close({ known, willWrite: false });
    await pause(move.travelMs);
    if (move.isLost || close.kind !== "live" || !close.changed) return;
    jar = close.grant;
    jars.push(jar);
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      clock.setTimeout(resolve, ms);
    });
  }

  for (const move of script) {
    await clock.advance(move.afterMs);
    provider.delayMs = 20 + Math.floor(random() * 500);
    if (move.trouble === "provider") {
      provider.failNext({ kind: "unsent", reason: "503", status: 503 });
    }
    if (move.trouble === "store") {
      for (const { ledger } of processes) ledger.trouble = "down";
      clock.setTimeout(
        () => {
          for (const { ledger } of processes) ledger.trouble = "none";
        },
        Math.floor(random() * 90_000),
      );
    }
    inFlight.push(request(move));
  }
  for (const { ledger } of processes) ledger.trouble = "none";
  await clock.advance(60_000);
  await Promise.all(inFlight);
  await Promise.all(processes.map(({ keeper }) => keeper.drain()));
  return { provider, answered, jar };
}

describe("any interleaving of tabs, processes, lost and reordered responses", () => {
  it("refreshes without a session, a token or a call lost, and never shows a spent token again", async () => {
    await fc.assert(
      fc.asyncProperty(moves({ withTrouble: false }), fc.nat(), async (script, seed) => {
        const { provider, answered } = await play(script, seed);
        expect(provider.reuseDetected).toBe(0);
        expect(answered).toHaveLength(script.length);
        for (const { outcome, isAccepted } of answered) {
          expect(outcome.kind).toBe("fresh");
          expect(isAccepted).toBe(true);
        }
        const spent = provider.requests.map(({ refreshToken }) => refreshToken);
        expect(new Set(spent).size).toBe(spent.length);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("ends no session while the provider or the store is in trouble, and answers every request in time", async () => {
    await fc.assert(
      fc.asyncProperty(moves({ withTrouble: true }), fc.nat(), async (script, seed) => {
        const { provider, answered } = await play(script, seed);
        expect(provider.reuseDetected).toBe(0);
        expect(answered).toHaveLength(script.length);
        for (const { outcome, isAccepted } of answered) {
          expect(["fresh", "unavailable"]).toContain(outcome.kind);
          expect(isAccepted).toBe(outcome.kind === "fresh");
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it.each(["none", "absent"] as const)(
    "works the same with a provider that doesn't rotate: %s",
    async (rotation) => {
      await fc.assert(
        fc.asyncProperty(moves({ withTrouble: true }), fc.nat(), async (script, seed) => {
          const { answered } = await play(script, seed, rotation);
          for (const { outcome, isAccepted } of answered) {
            expect(["fresh", "unavailable"]).toContain(outcome.kind);
            expect(isAccepted).toBe(outcome.kind === "fresh");
          }
        }),
        { numRuns: 15 },
      );
    },
    120_000,
  );
});
