import { describe, expect, it } from "vitest";
import { LEASE_MS, address, claim, expired, name, spend, type LedgerStage } from "./ledger-stage.ts";

/** Who may send, and for how long. */
export function describeClaims(stage: LedgerStage): void {
  describe("claim", () => {
    it("lets the first one lead, and shows others its fence and lease", async () => {
      const at = address();
      const first = claim();
      expect(await stage.ledger.claim(at, first)).toEqual({
        kind: "led",
        history: { tries: 0, refusals: 0, refusedForMs: 0, maybeSpent: false },
      });
      const seen = await stage.other.claim(at, claim());
      expect(seen).toMatchObject({ kind: "pending", fence: first.fence });
      const left = seen.kind === "pending" ? seen.leaseLeftMs : 0;
      expect(left).toBeGreaterThan(LEASE_MS - 10_000);
      expect(left).toBeLessThanOrEqual(LEASE_MS);
    });

    it("lets exactly one of many lead", async () => {
      const at = address();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? stage.ledger : stage.other).claim(at, claim()),
        ),
      );
      expect(answers.filter(({ kind }) => kind === "led")).toHaveLength(1);
      expect(answers.filter(({ kind }) => kind === "pending")).toHaveLength(19);
    });

    it("answers a repeated claim by the same fence as led, with its lease renewed", async () => {
      const at = address();
      const first = claim({ leaseMs: 1 });
      await stage.ledger.claim(at, first);
      await expired(stage.other, at, first.fence);
      expect(await stage.ledger.claim(at, { ...first, leaseMs: LEASE_MS })).toMatchObject({ kind: "led" });
      expect(await stage.other.claim(at, claim())).toMatchObject({
        kind: "pending",
        leaseLeftMs: expect.toSatisfy((left: number) => left > 0),
      });
    });

    it("keeps sessions apart, and generations", async () => {
      const at = address();
      expect(await stage.ledger.claim(at, claim())).toMatchObject({ kind: "led" });
      expect(await stage.ledger.claim(address(), claim())).toMatchObject({ kind: "led" });
      expect(await stage.ledger.claim(at, claim({ generation: 1 }))).toMatchObject({ kind: "led" });
    });

    it("answers a spent generation with the successors from there on", async () => {
      const at = address();
      await spend(stage.ledger, at, 3);
      expect(await stage.other.claim(at, claim({ generation: 1 }))).toEqual({
        kind: "done",
        view: { highestSpent: 2, successors: { 1: "sealed-1", 2: "sealed-2" } },
      });
    });

    it("gives an expired lease only to who asks for it by its fence, as an ambiguous failure", async () => {
      const at = address();
      const first = claim({ leaseMs: 1 });
      await stage.ledger.claim(at, first);
      await expired(stage.other, at, first.fence);
      expect(
        await stage.other.claim(at, claim({ takeOver: name(), mayRepeatAmbiguous: true })),
      ).toMatchObject({
        kind: "pending",
      });
      expect(await stage.other.claim(at, claim({ takeOver: first.fence }))).toEqual({
        kind: "dead",
        failure: "ambiguous",
        retryInMs: 0,
        held: true,
      });
      const taken = await stage.other.claim(at, claim({ takeOver: first.fence, mayRepeatAmbiguous: true }));
      expect(taken).toEqual({
        kind: "led",
        history: { tries: 1, refusals: 0, refusedForMs: 0, maybeSpent: true },
      });
      expect(await stage.ledger.renew(at, { generation: 0, fence: first.fence, leaseMs: LEASE_MS })).toBe(
        false,
      );
    });

    it("doesn't give a running lease to anyone", async () => {
      const at = address();
      const first = claim();
      await stage.ledger.claim(at, first);
      expect(
        await stage.other.claim(at, claim({ takeOver: first.fence, mayRepeatAmbiguous: true })),
      ).toMatchObject({ kind: "pending", fence: first.fence });
    });

    it("answers stale for a generation at or below the highest spent one whose successor is gone", async () => {
      const at = address();
      await stage.ledger.publish(at, { generation: 3, fence: name(), sealed: "sealed-3" });
      expect(await stage.ledger.claim(at, claim({ generation: 2 }))).toEqual({ kind: "stale" });
    });

    it("answers stale for a generation below one that was shown, also after the store lost its data", async () => {
      const at = address();
      await stage.ledger.claim(at, claim({ generation: 5 }));
      expect(await stage.ledger.claim(at, claim({ generation: 4 }))).toEqual({ kind: "stale" });
    });

    it("doesn't let a spent generation's expired lease be taken over: its success may not be recorded yet", async () => {
      const at = address();
      const first = claim({ leaseMs: 1 });
      await stage.ledger.claim(at, first);
      await stage.ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
      await expired(stage.other, at, first.fence);
      expect(
        await stage.ledger.claim(at, claim({ takeOver: first.fence, mayRepeatAmbiguous: true })),
      ).toEqual({ kind: "dead", failure: "ambiguous", retryInMs: 0, held: true });
      await stage.other.publish(at, { generation: 0, fence: first.fence, sealed: "sealed-0" });
      expect(await stage.ledger.claim(at, claim())).toEqual({
        kind: "done",
        view: { highestSpent: 1, successors: { 0: "sealed-0", 1: "sealed-1" } },
      });
    });
  });

  describe("renew and release", () => {
    it("extends the lease of the fence that holds it, and of no other", async () => {
      const at = address();
      const first = claim({ leaseMs: 1 });
      await stage.ledger.claim(at, first);
      expect(await stage.ledger.renew(at, { generation: 0, fence: name(), leaseMs: LEASE_MS })).toBe(false);
      expect(await stage.ledger.renew(at, { generation: 0, fence: first.fence, leaseMs: LEASE_MS })).toBe(
        true,
      );
      const seen = await stage.ledger.claim(at, claim());
      expect(seen.kind === "pending" && seen.leaseLeftMs).toBeGreaterThan(LEASE_MS - 10_000);
    });

    it("gives back an unused claim, and only to who holds it", async () => {
      const at = address();
      const first = claim();
      await stage.ledger.claim(at, first);
      await stage.other.release(at, { generation: 0, fence: name() });
      expect(await stage.other.claim(at, claim())).toMatchObject({ kind: "pending" });
      await stage.ledger.release(at, { generation: 0, fence: first.fence });
      expect(await stage.other.claim(at, claim())).toMatchObject({ kind: "led" });
    });

    it("brings back the failures from before a claim that was not used", async () => {
      const at = address();
      const first = claim();
      await stage.ledger.claim(at, first);
      const failure = { kind: "ambiguous", retryInMs: 0 } as const;
      await stage.ledger.bury(at, { generation: 0, fence: first.fence, failure });
      const second = claim({ mayRepeatAmbiguous: true });
      expect(await stage.ledger.claim(at, second)).toMatchObject({ kind: "led" });
      await stage.ledger.release(at, { generation: 0, fence: second.fence });
      expect(await stage.ledger.claim(at, claim())).toMatchObject({ kind: "dead", held: true });
    });
  });
}
