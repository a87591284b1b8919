import { describe, expect, it } from "vitest";
import type { IndexedSession, RecordAddress, SessionIndex } from "@coatcheck/tokens";
import { POLL, address, name, type LedgerStage } from "./ledger-stage.ts";

function session(more: Partial<IndexedSession> = {}): IndexedSession {
  return {
    id: name(),
    key: name(),
    tombstones: [name()],
    idTokenIat: 1_000,
    signedInAt: 10,
    usedAt: 100,
    absoluteDeadline: 1_000_000,
    labels: { browser: "Firefox" },
    ...more,
  };
}

function person(more: Partial<RecordAddress> = {}): RecordAddress {
  return address({ key: `person:${name()}`, idTokenIat: 0, ...more });
}

/** Which sessions a person has; skipped for a ledger that leaves it out. */
export function describeSessionIndex(stage: LedgerStage): void {
  describe("the index of a person's sessions", () => {
    /** Both handles, or a reason to skip. */
    function indexes(skip: (note: string) => never): readonly [SessionIndex, SessionIndex] {
      const [first, second] = [stage.ledger, stage.other];
      if (first.indexSession === undefined) return skip("it has none");
      return [first, second] as unknown as readonly [SessionIndex, SessionIndex];
    }

    it("lists what was noted, from anywhere, last used first, and nobody else's", async ({ skip }) => {
      const [index, other] = indexes(skip);
      const [at, stranger] = [person(), person()];
      const [early, late] = [session({ usedAt: 100 }), session({ usedAt: 200 })];
      await index.indexSession(at, { session: early, everyMs: 50 });
      await other.indexSession(at, { session: late, everyMs: 50 });
      expect(await index.indexedSessions(at)).toEqual([late, early]);
      expect(await other.indexedSessions(at)).toEqual([late, early]);
      expect(await other.indexedSessions(stranger)).toEqual([]);
    });

    it("moves the last use when that is due, never back", async ({ skip }) => {
      const [index, other] = indexes(skip);
      const at = person();
      const noted = session({ usedAt: 100 });
      await index.indexSession(at, { session: noted, everyMs: 50 });
      await other.indexSession(at, { session: { ...noted, usedAt: 149 }, everyMs: 50 });
      expect(await index.indexedSessions(at)).toEqual([noted]);
      await other.indexSession(at, { session: { ...noted, usedAt: 150 }, everyMs: 50 });
      await other.indexSession(at, { session: { ...noted, usedAt: 20 }, everyMs: 50 });
      expect(await index.indexedSessions(at)).toEqual([{ ...noted, usedAt: 150 }]);
    });

    it("loses none of those that are noted at the same moment", async ({ skip }) => {
      const [index, other] = indexes(skip);
      const at = person();
      const sessions = Array.from({ length: 8 }, (_, usedAt) => session({ usedAt }));
      await Promise.all(
        sessions.map((noted, place) =>
          (place % 2 === 0 ? index : other).indexSession(at, { session: noted, everyMs: 1 }),
        ),
      );
      expect(await index.indexedSessions(at)).toEqual(sessions.toReversed());
    });

    it("has at most 30, and lets go of the one that was used longest ago", async ({ skip }) => {
      const [index] = indexes(skip);
      const at = person();
      const sessions = Array.from({ length: 31 }, (_, usedAt) => session({ usedAt }));
      for (const noted of sessions) await index.indexSession(at, { session: noted, everyMs: 1 });
      expect(await index.indexedSessions(at)).toEqual(sessions.slice(1).toReversed());
    });

    it("takes one off, and doesn't mind one that it hasn't", async ({ skip }) => {
      const [index, other] = indexes(skip);
      const at = person();
      const [first, second] = [session({ usedAt: 2 }), session({ usedAt: 1 })];
      for (const noted of [first, second]) await index.indexSession(at, { session: noted, everyMs: 1 });
      await other.unindexSession(at, first.id);
      await other.unindexSession(at, name());
      expect(await index.indexedSessions(at)).toEqual([second]);
      await index.unindexSession(at, second.id);
      expect(await other.indexedSessions(at)).toEqual([]);
    });

    it("forgets each by itself, and the person's record with the last", async ({ skip }) => {
      const [index, other] = indexes(skip);
      const at = person();
      const [short, long] = [session(), session()];
      await index.indexSession(at, { session: long, everyMs: 1 });
      await index.indexSession({ ...at, keepMs: 1 }, { session: short, everyMs: 1 });
      await expect.poll(() => other.indexedSessions(at), POLL).toEqual([long]);
    });
  });
}
