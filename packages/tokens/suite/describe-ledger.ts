import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokensError, type Ledger } from "@coatcheck/tokens";
import { describeClaims } from "./describe-claims.ts";
import { describeEndings } from "./describe-endings.ts";
import { describeKeptTokens } from "./describe-kept-tokens.ts";
import { describeLifetimes } from "./describe-lifetimes.ts";
import { describeOutcomes } from "./describe-outcomes.ts";
import { describeSessionIndex } from "./describe-session-index.ts";
import { address, claim, spend, type LedgerStage } from "./ledger-stage.ts";

/** What the suite needs of a ledger under test. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** Makes what lies at a record's place unreadable, as a bug or a stranger would; `undefined` where that can't be. */
  readonly damage?: (key: string) => Promise<void>;
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
    const stage: LedgerStage = {
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
    describeKeptTokens(stage);
    describeEndings(stage);
    describeSessionIndex(stage);

    it("takes a probe, of which no session is left", async () => {
      const before = await stage.ledger.read(address({ key: "probe:" }), 0);
      await stage.ledger.probe();
      await stage.other.probe();
      expect(await stage.ledger.read(address({ key: "probe:" }), 0)).toEqual(before);
    });

    it("keeps a record that can't be read from being anybody else's trouble", async ({ skip }) => {
      const damage = under?.damage ?? skip("nothing can be damaged in it");
      const [damaged, healthy] = [address(), address()];
      await spend(stage.ledger, damaged, 1);
      await spend(stage.ledger, healthy, 1);
      await damage(damaged.key);
      const failure = await stage.ledger.claim(damaged, claim()).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TokensError);
      expect(failure).toMatchObject({ code: "record_unreadable" });
      expect(await stage.ledger.read(healthy, 0)).toMatchObject({ highestSpent: 0 });
      await expect(stage.ledger.probe()).resolves.toBeUndefined();
    });

    it("shows a reader of the store nothing but what it was given", async () => {
      expect(await stage.ledger.read(address(), 0)).toEqual({ highestSpent: -1, successors: {} });
    });

    it("rejects with a code after close", async () => {
      const closing = await create();
      await closing.ledger.close();
      for (const call of [closing.ledger.read(address(), 0), closing.ledger.probe()]) {
        const failure = await call.catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(TokensError);
        expect(failure).toMatchObject({ code: "ledger_closed" });
      }
      await closing.close();
    });
  });
}
