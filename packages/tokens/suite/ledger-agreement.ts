import * as fc from "fast-check";
import { expect } from "vitest";
import type { Ledger, RecordAddress } from "../src/ledger.ts";

/** One step on one record; times are 0 or far away, so that no clock decides what happens. */
type Step =
  | {
      readonly op: "claim";
      readonly generation: number;
      readonly fence: string;
      readonly isLeaseShort: boolean;
      readonly takeOver: string;
      readonly mayRepeatAmbiguous: boolean;
    }
  | { readonly op: "renew" | "release"; readonly generation: number; readonly fence: string }
  | { readonly op: "publish"; readonly generation: number; readonly fence: string; readonly sealed: string }
  | {
      readonly op: "bury";
      readonly generation: number;
      readonly fence: string;
      readonly kind: "unsent" | "refused" | "ambiguous" | "terminal";
      readonly isRetrySoon: boolean;
    }
  | {
      readonly op: "acknowledge";
      readonly shown: number;
      readonly isHanding: boolean;
      readonly isSettling: boolean;
      readonly isStaleShort: boolean;
      readonly touchedAt: number | undefined;
    }
  | { readonly op: "read"; readonly generation: number }
  | { readonly op: "end"; readonly generation: number; readonly reason: "signed_out" | "replaced" }
  | { readonly op: "entomb"; readonly iat: number };

const generation = fc.integer({ min: 0, max: 3 });
const fence = fc.constantFrom("a", "b", "c");
const LONG_MS = 600_000;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("claim" as const),
      generation,
      fence,
      isLeaseShort: fc.boolean(),
      takeOver: fence,
      mayRepeatAmbiguous: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constantFrom("renew" as const, "release" as const), generation, fence }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("publish" as const),
      generation,
      fence,
      sealed: fc.string({ maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("bury" as const),
      generation,
      fence,
      kind: fc.constantFrom("unsent" as const, "refused" as const, "ambiguous" as const, "terminal" as const),
      isRetrySoon: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("acknowledge" as const),
      shown: generation,
      isHanding: fc.boolean(),
      isSettling: fc.boolean(),
      isStaleShort: fc.boolean(),
      touchedAt: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("read" as const), generation }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("end" as const),
      generation,
      reason: fc.constantFrom("signed_out" as const, "replaced" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("entomb" as const), iat: fc.integer({ min: 1, max: 4 }) }),
  },
);

function perform(ledger: Ledger, at: RecordAddress, todo: Step): Promise<unknown> {
  switch (todo.op) {
    case "claim": {
      const { isLeaseShort, op: _op, ...request } = todo;
      return ledger.claim(at, { ...request, leaseMs: isLeaseShort ? 0 : LONG_MS });
    }
    case "renew":
      return ledger.renew(at, { ...todo, leaseMs: LONG_MS });
    case "release":
      return ledger.release(at, todo).then(() => "released");
    case "publish":
      return ledger.publish(at, todo);
    case "bury": {
      const retryInMs = todo.isRetrySoon ? 0 : LONG_MS;
      const failure = todo.kind === "terminal" ? { kind: todo.kind } : { kind: todo.kind, retryInMs };
      return ledger.bury(at, { ...todo, failure });
    }
    case "acknowledge":
      return ledger.acknowledge(at, {
        shown: todo.shown,
        isHanding: todo.isHanding,
        // Handed out before, or since: a request that arrived long ago can't settle what was handed now.
        arrivedAgoMs: todo.isSettling ? 0 : LONG_MS,
        settleAfterMs: 0,
        staleCookieMs: todo.isStaleShort ? 0 : LONG_MS,
        ...(todo.touchedAt === undefined ? {} : { touchedAt: todo.touchedAt }),
      });
    case "read":
      return ledger.read(at, todo.generation);
    case "end":
      return ledger.end(at, todo);
    default:
      return ledger.entomb({ key: at.tombstones[0] ?? "", iat: todo.iat, keepMs: LONG_MS }).then(() => "set");
  }
}

/** Milliseconds that a clock counted become what they mean. */
function withoutClock(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => {
      if (key === "leaseLeftMs" || key === "retryInMs") return Number(value) > 0;
      return key === "refusedForMs" ? 0 : value;
    }),
  );
}

/** Any sequence of steps has the same answers from both ledgers. @throws {Error} with the shortest one that hasn't */
export async function expectAgreement(
  model: Ledger,
  ledger: Ledger,
  options: { readonly runs: number; readonly seed?: number },
): Promise<void> {
  let record = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    record += 1;
    const at: RecordAddress = {
      key: `agreement-${record}`,
      tombstones: [`tombstone-${record}`],
      idTokenIat: 3,
      keepMs: LONG_MS,
      endedKeepMs: LONG_MS,
    };
    for (const todo of steps) {
      const expected = withoutClock(await perform(model, at, todo));
      expect(withoutClock(await perform(ledger, at, todo))).toEqual(expected);
    }
  });
  await fc.assert(property, {
    numRuns: options.runs,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
}
