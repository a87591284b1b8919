import { describe, expect, it } from "vitest";
import { POLL, acknowledgement, address, claim, name, spend, type LedgerStage } from "./ledger-stage.ts";

/** Access tokens that a cookie has no room for: one generation's at a time. */
export function describeKeptTokens(stage: LedgerStage): void {
  describe("keepTokens", () => {
    it("makes a missing record, and shows them to whoever reads that generation, from anywhere", async () => {
      const at = address();
      expect(await stage.ledger.keepTokens(at, { generation: 0, sealed: "tokens-0" })).toBe(true);
      const kept = { highestSpent: -1, successors: {}, tokens: "tokens-0" };
      expect(await stage.ledger.read(at, 0)).toEqual(kept);
      expect(await stage.other.read(at, 0)).toEqual(kept);
      expect(await stage.other.read(at, 1)).not.toHaveProperty("tokens");
      expect(await stage.other.claim(at, claim())).toMatchObject({ kind: "led" });
      expect(await stage.other.read(at, 0)).toEqual(kept);
    });

    it("replaces those of the same generation and of an earlier one, never of a later one", async () => {
      const at = address();
      await stage.ledger.keepTokens(at, { generation: 2, sealed: "first" });
      expect(await stage.other.keepTokens(at, { generation: 2, sealed: "again" })).toBe(true);
      expect(await stage.ledger.keepTokens(at, { generation: 1, sealed: "earlier" })).toBe(false);
      expect(await stage.ledger.read(at, 2)).toMatchObject({ tokens: "again" });
      expect(await stage.other.keepTokens(at, { generation: 3, sealed: "later" })).toBe(true);
      expect(await stage.ledger.read(at, 3)).toMatchObject({ tokens: "later" });
      expect(await stage.ledger.read(at, 2)).not.toHaveProperty("tokens");
    });

    it("lets them go when their generation is spent, and takes none of a spent one", async () => {
      const at = address();
      await stage.ledger.keepTokens(at, { generation: 0, sealed: "tokens-0" });
      await spend(stage.other, at, 1);
      expect(await stage.ledger.read(at, 0)).toEqual({ highestSpent: 0, successors: { 0: "sealed-0" } });
      expect(await stage.ledger.keepTokens(at, { generation: 0, sealed: "late" })).toBe(false);
      expect(await stage.ledger.keepTokens(at, { generation: 1, sealed: "tokens-1" })).toBe(true);
      expect(await stage.other.read(at, 1)).toEqual({
        highestSpent: 0,
        successors: {},
        tokens: "tokens-1",
      });
      expect(await stage.other.read(at, 0)).toEqual({ highestSpent: 0, successors: { 0: "sealed-0" } });
    });

    it("keeps a later generation's when an earlier one's leader reports late", async () => {
      const at = address();
      await stage.ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
      await stage.ledger.keepTokens(at, { generation: 2, sealed: "tokens-2" });
      await stage.other.publish(at, { generation: 0, fence: name(), sealed: "sealed-0" });
      expect(await stage.ledger.read(at, 2)).toMatchObject({ tokens: "tokens-2" });
    });

    it("takes none of a generation below one that was shown", async () => {
      const at = address();
      await stage.ledger.claim(at, claim({ generation: 5 }));
      expect(await stage.ledger.keepTokens(at, { generation: 4, sealed: "tokens-4" })).toBe(false);
      expect(await stage.ledger.read(at, 4)).not.toHaveProperty("tokens");
    });

    it.each([
      [
        "a sign-out",
        async (at: ReturnType<typeof address>) =>
          void (await stage.other.end(at, { generation: 0, reason: "signed_out" })),
      ],
      [
        "the end of the grant",
        async (at: ReturnType<typeof address>) => {
          const first = claim();
          await stage.other.claim(at, first);
          const failure = { kind: "terminal" } as const;
          await stage.other.bury(at, { generation: 0, fence: first.fence, failure });
        },
      ],
      [
        "a tombstone",
        async (at: ReturnType<typeof address>) => {
          await stage.other.entomb({ key: at.tombstones[0] ?? "", iat: 2_000, keepMs: 60_000 });
          await stage.other.acknowledge(at, acknowledgement);
        },
      ],
    ])("lets them go with %s, and takes none afterwards", async (_what, end) => {
      const at = address({ tombstones: [name()] });
      await stage.ledger.keepTokens(at, { generation: 0, sealed: "tokens-0" });
      await end(at);
      expect(await stage.ledger.read(at, 0)).toMatchObject({ ended: expect.any(String) });
      expect(await stage.ledger.read(at, 0)).not.toHaveProperty("tokens");
      expect(await stage.ledger.keepTokens(at, { generation: 0, sealed: "late" })).toBe(false);
      expect(await stage.other.read(at, 0)).not.toHaveProperty("tokens");
    });

    it("lives with the record, which a touch prolongs", async () => {
      const [touched, left] = [address({ keepMs: -59_000 }), address({ keepMs: -59_000 })];
      await stage.ledger.keepTokens(touched, { generation: 0, sealed: "tokens-0" });
      await stage.ledger.keepTokens(left, { generation: 0, sealed: "tokens-0" });
      await stage.ledger.acknowledge({ ...touched, keepMs: 60_000 }, { ...acknowledgement, touchedAt: 5 });
      await expect.poll(() => stage.other.read(left, 0), POLL).toEqual({ highestSpent: -1, successors: {} });
      expect(await stage.other.read(touched, 0)).toMatchObject({ tokens: "tokens-0" });
    });
  });
}
