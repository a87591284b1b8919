import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokensError, type Ledger } from "@coatcheck/tokens";
import { describeClaims } from "./describe-claims.ts";
import { describeEndings } from "./describe-endings.ts";
import { describeLifetimes } from "./describe-lifetimes.ts";
import { describeOutcomes } from "./describe-outcomes.ts";
import { address } from "./ledger-stage.ts";

/** What the suite needs of a ledger under test. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** Another handle on the same store, as another process would have; `undefined` where there can't be one. */
  readonly other?: Ledger;
  close(): Promise<void>;
}

/**
 * The conformance suite of the ledger port: what every implementation must do, transition by transition.
 *
 * It runs in real time, with short leases where one has to run out.
 */
export function describeLedger(name: string, create: () => Promise<LedgerUnderTest>): void {
  describe(`ledger: ${name}`, () => {
    let under: LedgerUnderTest | undefined;
    const stage = {
      get ledger(): Ledger {
        if (under === undefined) throw new Error("the ledger under test isn't there yet");
        return under.ledger;
      },
      get other(): Ledger {
        return under?.other ?? stage.ledger;
      },
    };

    beforeAll(async () => {
      under = await create();
    });
    afterAll(async () => under?.close());

    describeClaims(stage);
    describeOutcomes(stage);
    describeLifetimes(stage);
    describeEndings(stage);

    it("shows a reader of the store nothing but what it was given", async () => {
      expect(await stage.ledger.read(address(), 0)).toEqual({ highestSpent: -1, successors: {} });
    });

    it("rejects with a code after close", async () => {
      const closing = await create();
      await closing.ledger.close();
      const failure = await closing.ledger.read(address(), 0).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TokensError);
      expect(failure).toMatchObject({ code: "ledger_closed" });
      await closing.close();
    });
  });
}
