import { describe, expect, it } from "vitest";
import type { Ending } from "@coatcheck/tokens";
import { POLL, acknowledgement, address, claim, name, spend, type LedgerStage } from "./ledger-stage.ts";

/** More than a store hands out at once. */
const MANY = 600;
/** Each has to be done within 5 s, also on a busy machine. */
const AT_ONCE = 50;

/** How sessions end, and how everyone learns of it. */
export function describeEndings(stage: LedgerStage): void {
  describe("end", () => {
    it("makes a missing record, and keeps the first reason", async () => {
      const at = address();
      expect(await stage.ledger.end(at, { generation: 0, reason: "replaced" })).toEqual({
        reason: "replaced",
        wasEnded: false,
        view: { highestSpent: -1, successors: {} },
      });
      expect(await stage.other.end(at, { generation: 0, reason: "signed_out" })).toMatchObject({
        reason: "replaced",
        wasEnded: true,
      });
      expect(await stage.other.claim(at, claim())).toEqual({ kind: "ended", reason: "replaced" });
    });

    it("hands out the successors, again if its answer was lost, and to nobody else", async () => {
      const at = address();
      await spend(stage.ledger, at, 2);
      expect(await stage.ledger.end(at, { generation: 0, reason: "signed_out" })).toEqual({
        reason: "signed_out",
        wasEnded: false,
        view: { highestSpent: 1, successors: { 0: "sealed-0", 1: "sealed-1" } },
      });
      const nothing = { ended: "signed_out", highestSpent: 1, successors: {} };
      expect(await stage.other.read(at, 0)).toEqual(nothing);
      expect(await stage.other.acknowledge(at, { ...acknowledgement, isHanding: true })).toMatchObject(
        nothing,
      );
      expect(await stage.other.end(at, { generation: 1, reason: "signed_out" })).toEqual({
        reason: "signed_out",
        wasEnded: true,
        view: { ...nothing, successors: { 1: "sealed-1" } },
      });
    });

    it("loses against no other step: exactly one of a success and an end comes first", async () => {
      for (let round = 0; round < 10; round += 1) {
        const at = address();
        const fence = name();
        await stage.ledger.claim(at, claim({ fence }));
        const [published, ended] = await Promise.all([
          stage.ledger.publish(at, { generation: 0, fence, sealed: "sealed-0" }),
          stage.other.end(at, { generation: 0, reason: "signed_out" }),
        ]);
        const isFirst = published.kind === "published";
        expect(ended.view.successors).toEqual(isFirst ? { 0: "sealed-0" } : {});
        expect(await stage.ledger.read(at, 0)).toMatchObject({ ended: "signed_out", successors: {} });
      }
    });
  });

  describe("entomb", () => {
    it("ends sessions whose ID token isn't later, known ones and unknown ones", async () => {
      const tombstones = [name(), name()];
      const known = address({ tombstones });
      const unknown = address({ tombstones });
      const later = address({ tombstones, idTokenIat: 1_001 });
      const fence = name();
      await stage.ledger.claim(known, claim({ fence }));
      await stage.other.entomb({ key: tombstones[1] ?? "", iat: 1_000, keepMs: 60_000 });
      expect(await stage.ledger.publish(known, { generation: 0, fence, sealed: "late" })).toEqual({
        kind: "ended",
        reason: "revoked",
      });
      expect(await stage.ledger.claim(unknown, claim())).toEqual({ kind: "ended", reason: "revoked" });
      expect(await stage.ledger.read(address({ tombstones }), 0)).toMatchObject({ ended: "revoked" });
      expect(await stage.ledger.claim(later, claim())).toMatchObject({ kind: "led" });
    });

    it("only ever raises the time up to which sessions end", async () => {
      const tombstones = [name()];
      await stage.ledger.entomb({ key: tombstones[0] ?? "", iat: 1_000, keepMs: 60_000 });
      await stage.other.entomb({ key: tombstones[0] ?? "", iat: 900, keepMs: 60_000 });
      expect(await stage.ledger.claim(address({ tombstones }), claim())).toMatchObject({ kind: "ended" });
    });

    it("is forgotten after its time", async () => {
      const tombstones = [name()];
      await stage.ledger.entomb({ key: tombstones[0] ?? "", iat: 1_000, keepMs: 1 });
      await expect
        .poll(async () => stage.ledger.read(address({ tombstones }), 0), POLL)
        .toEqual({ highestSpent: -1, successors: {} });
    });
  });

  describe("watchEndings", () => {
    it("delivers what had ended before and what ends later, from every handle", async () => {
      const [before, after, entombed] = [address(), address(), name()];
      await stage.ledger.end(before, { generation: 0, reason: "signed_out" });
      const seen: Ending[] = [];
      const watch = stage.other.watchEndings((ending) => seen.push(ending));
      await watch.ready;
      expect(seen).toContainEqual({
        kind: "session",
        key: before.key,
        reason: "signed_out",
        keepMs: expect.toSatisfy((keepMs: number) => keepMs > 0),
      });
      await stage.ledger.end(after, { generation: 0, reason: "replaced" });
      await stage.ledger.entomb({ key: entombed, iat: 7, keepMs: 60_000 });
      await expect.poll(() => seen.map(({ key }) => key), POLL).toContain(after.key);
      await expect
        .poll(() => seen, POLL)
        .toContainEqual(expect.objectContaining({ kind: "tombstone", key: entombed, iat: 7 }));
      watch.stop();
    });

    it("delivers them all, however many there are", async () => {
      const keys = Array.from({ length: MANY }, name);
      for (let from = 0; from < MANY; from += AT_ONCE) {
        const some = keys.slice(from, from + AT_ONCE);
        await Promise.all(some.map((key) => stage.ledger.entomb({ key, iat: 7, keepMs: 60_000 })));
      }
      const seen = new Set<string>();
      const watch = stage.other.watchEndings(({ key }) => seen.add(key));
      await watch.ready;
      expect(keys.filter((key) => !seen.has(key))).toEqual([]);
      watch.stop();
    });

    it("delivers a session that a refused grant ended", async () => {
      const at = address();
      const fence = name();
      const seen: Ending[] = [];
      const watch = stage.other.watchEndings((ending) => seen.push(ending));
      await watch.ready;
      await stage.ledger.claim(at, claim({ fence }));
      await stage.ledger.bury(at, { generation: 0, fence, failure: { kind: "terminal" } });
      await expect
        .poll(() => seen, POLL)
        .toContainEqual(expect.objectContaining({ kind: "session", key: at.key, reason: "grant_ended" }));
      watch.stop();
    });
  });
}
