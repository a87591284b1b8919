import { describe, expect, it } from "vitest";
import { POLL, address, claim, expired, name, type LedgerStage } from "./ledger-stage.ts";

/** What became of a try, and who hears of it. */
export function describeOutcomes(stage: LedgerStage): void {
  describe("publish", () => {
    it("replaces somebody else's pending claim", async () => {
      const at = address();
      await stage.ledger.claim(at, claim());
      expect(await stage.other.publish(at, { generation: 0, fence: name(), sealed: "late" })).toEqual({
        kind: "published",
      });
      expect(await stage.ledger.claim(at, claim())).toMatchObject({
        kind: "done",
        view: { successors: { 0: "late" } },
      });
    });

    it("replaces a failure", async () => {
      const at = address();
      const first = claim();
      await stage.ledger.claim(at, first);
      const failure = { kind: "unsent", retryInMs: 60_000 } as const;
      await stage.ledger.bury(at, { generation: 0, fence: first.fence, failure });
      await stage.ledger.publish(at, { generation: 0, fence: first.fence, sealed: "late" });
      expect(await stage.ledger.read(at, 0)).toEqual({ highestSpent: 0, successors: { 0: "late" } });
    });

    it("is refused by another success only, and answers a repetition like the first time", async () => {
      const at = address();
      const fence = name();
      await stage.ledger.publish(at, { generation: 0, fence, sealed: "first" });
      expect(await stage.other.publish(at, { generation: 0, fence: name(), sealed: "second" })).toEqual({
        kind: "done",
        view: { highestSpent: 0, successors: { 0: "first" } },
      });
      expect(await stage.other.publish(at, { generation: 0, fence, sealed: "first again" })).toEqual({
        kind: "published",
      });
      expect(await stage.ledger.read(at, 0)).toMatchObject({ successors: { 0: "first" } });
    });

    it("links an earlier generation whose leader reports late", async () => {
      const at = address();
      const first = claim();
      await stage.ledger.claim(at, first);
      await stage.ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
      expect(
        await stage.ledger.publish(at, { generation: 0, fence: first.fence, sealed: "sealed-0" }),
      ).toEqual({
        kind: "published",
      });
      expect(await stage.ledger.read(at, 0)).toEqual({
        highestSpent: 1,
        successors: { 0: "sealed-0", 1: "sealed-1" },
      });
    });

    it("S-093: is refused on an ended record", async () => {
      const at = address();
      const first = claim();
      await stage.ledger.claim(at, first);
      await stage.other.end(at, { generation: 0, reason: "signed_out" });
      const late = { generation: 0, fence: first.fence, sealed: "late" };
      expect(await stage.ledger.publish(at, late)).toEqual({ kind: "ended", reason: "signed_out" });
      expect(await stage.ledger.read(at, 0)).toMatchObject({ ended: "signed_out", successors: {} });
    });
  });

  describe("bury", () => {
    it("makes everyone wait until the retry time, and remembers the failures", async () => {
      const at = address();
      let fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      const refused = { kind: "refused", retryInMs: 0 } as const;
      expect(await stage.ledger.bury(at, { generation: 0, fence, failure: refused })).toEqual({
        kind: "buried",
      });
      fence = name();
      expect(await stage.other.claim(at, claim({ fence }))).toMatchObject({
        kind: "led",
        history: { tries: 1, refusals: 1, maybeSpent: false },
      });
      const unsent = { kind: "unsent", retryInMs: 60_000 } as const;
      await stage.other.bury(at, { generation: 0, fence, failure: unsent });
      const answer = await stage.ledger.claim(at, claim());
      expect(answer).toMatchObject({ kind: "dead", failure: "unsent", held: false });
      expect(answer.kind === "dead" && answer.retryInMs).toBeGreaterThan(50_000);
    });

    it("holds a generation that may have been spent until repeating it is worth the risk", async () => {
      const at = address();
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      await stage.ledger.bury(at, { generation: 0, fence, failure: { kind: "ambiguous", retryInMs: 0 } });
      expect(await stage.ledger.claim(at, claim())).toMatchObject({ kind: "dead", held: true });
      expect(await stage.ledger.claim(at, claim({ mayRepeatAmbiguous: true }))).toMatchObject({
        kind: "led",
        history: { tries: 1, maybeSpent: true },
      });
    });

    it("stays cautious when an unsent failure follows an ambiguous one", async () => {
      const at = address();
      const [first, second] = [name(), name()];
      await stage.ledger.claim(at, claim({ fence: first }));
      await stage.ledger.bury(at, {
        generation: 0,
        fence: first,
        failure: { kind: "ambiguous", retryInMs: 0 },
      });
      await stage.ledger.claim(at, claim({ fence: second, mayRepeatAmbiguous: true }));
      await stage.ledger.bury(at, {
        generation: 0,
        fence: second,
        failure: { kind: "unsent", retryInMs: 0 },
      });
      expect(await stage.ledger.claim(at, claim())).toMatchObject({
        kind: "dead",
        failure: "unsent",
        held: true,
      });
    });

    it.each([
      ["unsent", 0, false],
      ["refused", 1, false],
      ["ambiguous", 0, true],
      ["unreadable", 1, true],
    ] as const)("remembers what %s means", async (kind, refusals, maybeSpent) => {
      const at = address();
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      await stage.ledger.bury(at, { generation: 0, fence, failure: { kind, retryInMs: 0 } });
      expect(await stage.other.claim(at, claim({ mayRepeatAmbiguous: true }))).toMatchObject({
        kind: "led",
        history: { tries: 1, refusals, maybeSpent },
      });
      const again = await stage.other.claim(at, claim());
      expect(again.kind).toBe("pending");
    });

    it("counts how long it has been refused by the store's clock", async () => {
      const at = address();
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      await stage.ledger.bury(at, { generation: 0, fence, failure: { kind: "refused", retryInMs: 1 } });
      await expect
        .poll(async () => {
          const again = name();
          const answer = await stage.ledger.claim(at, claim({ fence: again }));
          await stage.ledger.release(at, { generation: 0, fence: again });
          return answer.kind === "led" ? answer.history.refusedForMs : 0;
        }, POLL)
        .toBeGreaterThan(0);
    });

    it("ends the session when the grant is over", async () => {
      const at = address();
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      expect(await stage.ledger.bury(at, { generation: 0, fence, failure: { kind: "terminal" } })).toEqual({
        kind: "ended",
        reason: "grant_ended",
      });
      expect(await stage.other.claim(at, claim())).toEqual({ kind: "ended", reason: "grant_ended" });
    });

    it("changes nothing when an old fence reports late", async () => {
      const at = address();
      const first = claim({ leaseMs: 1 });
      await stage.ledger.claim(at, first);
      await expired(stage.other, at, first.fence);
      const second = claim({ takeOver: first.fence, mayRepeatAmbiguous: true });
      await stage.other.claim(at, second);
      const late = { generation: 0, fence: first.fence, failure: { kind: "terminal" } } as const;
      expect(await stage.ledger.bury(at, late)).toEqual({ kind: "lost" });
      expect(await stage.ledger.claim(at, claim())).toMatchObject({ kind: "pending", fence: second.fence });
      await stage.other.publish(at, { generation: 0, fence: second.fence, sealed: "sealed-0" });
      expect(await stage.ledger.bury(at, { ...late, fence: second.fence })).toEqual({ kind: "lost" });
      expect(await stage.ledger.read(at, 0)).toMatchObject({ successors: { 0: "sealed-0" } });
    });

    it("doesn't end a session of which a later generation is known", async () => {
      const at = address();
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      await stage.ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
      expect(await stage.ledger.bury(at, { generation: 0, fence, failure: { kind: "terminal" } })).toEqual({
        kind: "lost",
      });
      const view = await stage.ledger.read(at, 0);
      expect(view.ended).toBeUndefined();
      expect(await stage.ledger.claim(at, claim())).toEqual({ kind: "stale" });
    });
  });

  describe("wait", () => {
    it("resolves when the entry is done, on every handle", async () => {
      const at = address();
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      const here = stage.ledger.wait(at, { generation: 0, fence, timeoutMs: 60_000 });
      const there = stage.other.wait(at, { generation: 0, fence, timeoutMs: 60_000 });
      // Long enough for every first look to find nothing.
      for (const each of [stage.ledger, stage.other])
        await each.wait(at, { generation: 0, fence, timeoutMs: 60 });
      await stage.ledger.publish(at, { generation: 0, fence, sealed: "sealed-0" });
      await here;
      await there;
      expect(await stage.other.claim(at, claim())).toMatchObject({ kind: "done" });
    });

    it("resolves when the try failed, was given back, or the session ended", async () => {
      const [failed, released, ended] = [address(), address(), address()];
      const fence = name();
      for (const at of [failed, released, ended]) await stage.ledger.claim(at, claim({ fence }));
      const waits = [failed, released, ended].map((at) =>
        stage.other.wait(at, { generation: 0, fence, timeoutMs: 60_000 }),
      );
      await stage.ledger.bury(failed, { generation: 0, fence, failure: { kind: "unsent", retryInMs: 0 } });
      await stage.ledger.release(released, { generation: 0, fence });
      await stage.ledger.end(ended, { generation: 0, reason: "signed_out" });
      expect(await Promise.all(waits)).toHaveLength(3);
    });

    it("resolves at once when there is nothing to wait for, and after its time when nothing happens", async () => {
      const at = address();
      await stage.ledger.wait(at, { generation: 0, fence: name(), timeoutMs: 60_000 });
      const fence = name();
      await stage.ledger.claim(at, claim({ fence }));
      await stage.ledger.wait(at, { generation: 0, fence, timeoutMs: 20 });
      expect(await stage.ledger.claim(at, claim())).toMatchObject({ kind: "pending", fence });
    });
  });
}
