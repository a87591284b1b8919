import { describe, expect, it } from "vitest";
import {
  POLL,
  acknowledgement,
  address,
  claim,
  expired,
  name,
  spend,
  type LedgerStage,
} from "./ledger-stage.ts";

/** What is shown and handed out, and how long things live. */
export function describeLifetimes(stage: LedgerStage): void {
  describe("acknowledge", () => {
    it("answers with what there is, and leaves what the shown generation still needs", async () => {
      const at = address();
      await spend(stage.ledger, at, 2);
      const answer = await stage.ledger.acknowledge(at, { ...acknowledgement, shown: 1, staleCookieMs: 0 });
      expect(answer).toEqual({ highestSpent: 1, successors: { 1: "sealed-1" }, isSettled: true });
    });

    it("lets settled generations be forgotten, and remembers that they were spent", async () => {
      const at = address();
      await spend(stage.ledger, at, 2);
      await stage.ledger.acknowledge(at, { ...acknowledgement, shown: 2, staleCookieMs: 0 });
      expect(await stage.ledger.read(at, 0)).toEqual({ highestSpent: 1, successors: {} });
      expect(await stage.ledger.claim(at, claim({ generation: 0 }))).toEqual({ kind: "stale" });
      expect(await stage.ledger.claim(at, claim({ generation: 1 }))).toEqual({ kind: "stale" });
      expect(await stage.ledger.claim(at, claim({ generation: 2 }))).toMatchObject({ kind: "led" });
      for (const generation of [0, 1]) {
        const again = { generation, fence: name(), sealed: "again" };
        expect(await stage.ledger.publish(at, again)).toMatchObject({ kind: "done" });
      }
    });

    it("doesn't settle a generation that was handed out too short before the request arrived", async () => {
      const at = address();
      await spend(stage.ledger, at, 1);
      const shown = { ...acknowledgement, shown: 1, staleCookieMs: 0 };
      expect(await stage.ledger.acknowledge(at, { ...shown, settleAfterMs: 60_000 })).toMatchObject({
        isSettled: false,
      });
      expect(await stage.ledger.acknowledge(at, { ...shown, arrivedAgoMs: 60_000 })).toMatchObject({
        isSettled: false,
      });
      expect(await stage.ledger.read(at, 0)).toMatchObject({ successors: { 0: "sealed-0" } });
    });

    it("counts from the last handing to a request that showed an earlier generation", async () => {
      const [handed, resealed] = [address(), address()];
      await spend(stage.ledger, handed, 1);
      await spend(stage.ledger, resealed, 1);
      const witness = claim({ leaseMs: 1_000 });
      const spentAt = address();
      await stage.ledger.claim(spentAt, witness);
      await expired(stage.other, spentAt, witness.fence);
      // Both were handed out a second ago by their success; now one is handed out again, the other one re-sealed.
      const begunAt = performance.now();
      await stage.ledger.acknowledge(handed, { ...acknowledgement, shown: 0, isHanding: true });
      const notYet = { ...acknowledgement, shown: 1, settleAfterMs: 60_000 };
      await stage.ledger.acknowledge(resealed, { ...notYet, isHanding: true });
      const shown = { ...acknowledgement, shown: 1, settleAfterMs: performance.now() - begunAt + 500 };
      expect(await stage.ledger.acknowledge(handed, shown)).toMatchObject({ isSettled: false });
      expect(await stage.ledger.acknowledge(resealed, shown)).toMatchObject({ isSettled: true });
    });

    it("remembers the latest touch", async () => {
      const at = address();
      await spend(stage.ledger, at, 1);
      await stage.ledger.acknowledge(at, { ...acknowledgement, touchedAt: 2_000 });
      await stage.ledger.acknowledge(at, { ...acknowledgement, touchedAt: 1_000 });
      expect(await stage.other.read(at, 0)).toMatchObject({ touchedAt: 2_000 });
    });

    it("makes a record for a touch only if the ledger outlives the process, and never for less", async () => {
      const [touched, shown] = [address(), address()];
      await stage.ledger.acknowledge(touched, { ...acknowledgement, touchedAt: 2_000 });
      await stage.ledger.acknowledge(shown, { ...acknowledgement, isHanding: true });
      expect((await stage.ledger.read(touched, 0)).touchedAt).toBe(
        stage.ledger.outlivesProcess ? 2_000 : undefined,
      );
      expect(await stage.ledger.read(shown, 0)).toEqual({ highestSpent: -1, successors: {} });
    });

    it("says that a session has ended", async () => {
      const at = address();
      await stage.ledger.end(at, { generation: 0, reason: "signed_out" });
      expect(await stage.ledger.acknowledge(at, { ...acknowledgement, isHanding: true })).toMatchObject({
        ended: "signed_out",
      });
    });
  });

  describe("lifetimes", () => {
    it("forgets an unsettled successor when no cookie that needs it can open any more", async () => {
      const at = address({ keepMs: 30 });
      await spend(stage.ledger, at, 1);
      await expect
        .poll(async () => stage.ledger.read(at, 0), POLL)
        .toEqual({ highestSpent: 0, successors: {} });
      expect(await stage.ledger.claim(at, claim())).toEqual({ kind: "stale" });
    });

    it("keeps unsettled successors for longer after a touch", async () => {
      const at = address({ keepMs: 2_000 });
      await spend(stage.ledger, at, 1);
      await stage.ledger.acknowledge({ ...at, keepMs: 60_000 }, { ...acknowledgement, touchedAt: 1 });
      const witness = address({ keepMs: 2_000 });
      await spend(stage.ledger, witness, 1);
      await expect
        .poll(async () => stage.ledger.read(witness, 0), POLL)
        .toEqual({ highestSpent: 0, successors: {} });
      expect(await stage.ledger.read(at, 0)).toMatchObject({ successors: { 0: "sealed-0" } });
    });

    it("counts what it holds", async () => {
      const before = await stage.ledger.stats();
      await stage.ledger.claim(address(), claim());
      const after = await stage.ledger.stats();
      expect(after.records).toBe(before.records + 1);
    });
  });
}
