import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClaimRequest, Ending, Ledger, RecordAddress } from "../src/ledger.ts";
import { TokensError } from "../src/tokens-error.ts";

/** What the suite needs of a ledger under test. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** Another handle on the same store, as another process would have; `undefined` where there can't be one. */
  readonly other?: Ledger;
  close(): Promise<void>;
}

const LEASE_MS = 60_000;
const POLL = { interval: 5, timeout: 15_000 };

/**
 * The conformance suite of the ledger port: what every implementation must do, transition by transition.
 *
 * It runs in real time, with short leases where one has to run out.
 */
export function describeLedger(name: string, create: () => Promise<LedgerUnderTest>): void {
  describe(`ledger: ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    let other: Ledger;

    beforeAll(async () => {
      under = await create();
      ledger = under.ledger;
      other = under.other ?? under.ledger;
    });
    afterAll(async () => under?.close());

    const name = (): string => randomBytes(12).toString("base64url");
    const address = (more: Partial<RecordAddress> = {}): RecordAddress => ({
      key: name(),
      tombstones: [],
      idTokenIat: 1_000,
      keepMs: 60_000,
      endedKeepMs: 60_000,
      ...more,
    });
    const claim = (more: Partial<ClaimRequest> = {}): ClaimRequest => ({
      generation: 0,
      fence: name(),
      leaseMs: LEASE_MS,
      mayRepeatAmbiguous: false,
      ...more,
    });
    const acknowledgement = {
      shown: 0,
      arrivedAgoMs: 0,
      isHanding: false,
      settleAfterMs: 0,
      staleCookieMs: 60_000,
    };
    /** Spends generations 0 to `count - 1`; the sealed successor of g is `sealed-g`. */
    async function spend(at: RecordAddress, count: number): Promise<void> {
      for (let generation = 0; generation < count; generation += 1) {
        const request = { generation, fence: name(), sealed: `sealed-${generation}` };
        expect(await ledger.publish(at, request)).toEqual({ kind: "published" });
      }
    }
    async function expired(at: RecordAddress, fence: string): Promise<void> {
      await expect
        .poll(async () => other.claim(at, claim()), POLL)
        .toMatchObject({
          kind: "pending",
          fence,
          leaseLeftMs: expect.toSatisfy((left: number) => left <= 0),
        });
    }

    describe("claim", () => {
      it("lets the first one lead, and shows others its fence and lease", async () => {
        const at = address();
        const first = claim();
        expect(await ledger.claim(at, first)).toEqual({
          kind: "led",
          history: { tries: 0, refusals: 0, refusedForMs: 0, maybeSpent: false },
        });
        const seen = await other.claim(at, claim());
        expect(seen).toMatchObject({ kind: "pending", fence: first.fence });
        const left = seen.kind === "pending" ? seen.leaseLeftMs : 0;
        expect(left).toBeGreaterThan(LEASE_MS - 10_000);
        expect(left).toBeLessThanOrEqual(LEASE_MS);
      });

      it("lets exactly one of many lead", async () => {
        const at = address();
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ledger : other).claim(at, claim())),
        );
        expect(answers.filter(({ kind }) => kind === "led")).toHaveLength(1);
        expect(answers.filter(({ kind }) => kind === "pending")).toHaveLength(19);
      });

      it("answers a repeated claim by the same fence as led, with its lease renewed", async () => {
        const at = address();
        const first = claim({ leaseMs: 1 });
        await ledger.claim(at, first);
        await expired(at, first.fence);
        expect(await ledger.claim(at, { ...first, leaseMs: LEASE_MS })).toMatchObject({ kind: "led" });
        expect(await other.claim(at, claim())).toMatchObject({
          kind: "pending",
          leaseLeftMs: expect.toSatisfy((left: number) => left > 0),
        });
      });

      it("keeps sessions apart, and generations", async () => {
        const at = address();
        expect(await ledger.claim(at, claim())).toMatchObject({ kind: "led" });
        expect(await ledger.claim(address(), claim())).toMatchObject({ kind: "led" });
        expect(await ledger.claim(at, claim({ generation: 1 }))).toMatchObject({ kind: "led" });
      });

      it("answers a spent generation with the successors from there on", async () => {
        const at = address();
        await spend(at, 3);
        expect(await other.claim(at, claim({ generation: 1 }))).toEqual({
          kind: "done",
          view: { highestSpent: 2, successors: { 1: "sealed-1", 2: "sealed-2" } },
        });
      });

      it("gives an expired lease only to who asks for it by its fence, as an ambiguous failure", async () => {
        const at = address();
        const first = claim({ leaseMs: 1 });
        await ledger.claim(at, first);
        await expired(at, first.fence);
        expect(await other.claim(at, claim({ takeOver: name(), mayRepeatAmbiguous: true }))).toMatchObject({
          kind: "pending",
        });
        expect(await other.claim(at, claim({ takeOver: first.fence }))).toEqual({
          kind: "dead",
          failure: "ambiguous",
          retryInMs: 0,
          held: true,
        });
        const taken = await other.claim(at, claim({ takeOver: first.fence, mayRepeatAmbiguous: true }));
        expect(taken).toEqual({
          kind: "led",
          history: { tries: 1, refusals: 0, refusedForMs: 0, maybeSpent: true },
        });
        expect(await ledger.renew(at, { generation: 0, fence: first.fence, leaseMs: LEASE_MS })).toBe(false);
      });

      it("doesn't give a running lease to anyone", async () => {
        const at = address();
        const first = claim();
        await ledger.claim(at, first);
        expect(
          await other.claim(at, claim({ takeOver: first.fence, mayRepeatAmbiguous: true })),
        ).toMatchObject({ kind: "pending", fence: first.fence });
      });

      it("answers stale for a generation at or below the highest spent one whose successor is gone", async () => {
        const at = address();
        await ledger.publish(at, { generation: 3, fence: name(), sealed: "sealed-3" });
        expect(await ledger.claim(at, claim({ generation: 2 }))).toEqual({ kind: "stale" });
      });

      it("answers stale for a generation below one that was shown, also after the store lost its data", async () => {
        const at = address();
        await ledger.claim(at, claim({ generation: 5 }));
        expect(await ledger.claim(at, claim({ generation: 4 }))).toEqual({ kind: "stale" });
      });

      it("doesn't let a spent generation's expired lease be taken over", async () => {
        const at = address();
        const first = claim({ leaseMs: 1 });
        await ledger.claim(at, first);
        await ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
        await expired(at, first.fence);
        expect(await ledger.claim(at, claim({ takeOver: first.fence, mayRepeatAmbiguous: true }))).toEqual({
          kind: "stale",
        });
      });
    });

    describe("renew and release", () => {
      it("extends the lease of the fence that holds it, and of no other", async () => {
        const at = address();
        const first = claim({ leaseMs: 1 });
        await ledger.claim(at, first);
        expect(await ledger.renew(at, { generation: 0, fence: name(), leaseMs: LEASE_MS })).toBe(false);
        expect(await ledger.renew(at, { generation: 0, fence: first.fence, leaseMs: LEASE_MS })).toBe(true);
        const seen = await ledger.claim(at, claim());
        expect(seen.kind === "pending" && seen.leaseLeftMs).toBeGreaterThan(LEASE_MS - 10_000);
      });

      it("gives back an unused claim, and only to who holds it", async () => {
        const at = address();
        const first = claim();
        await ledger.claim(at, first);
        await other.release(at, { generation: 0, fence: name() });
        expect(await other.claim(at, claim())).toMatchObject({ kind: "pending" });
        await ledger.release(at, { generation: 0, fence: first.fence });
        expect(await other.claim(at, claim())).toMatchObject({ kind: "led" });
      });

      it("brings back the failures from before a claim that was not used", async () => {
        const at = address();
        const first = claim();
        await ledger.claim(at, first);
        const failure = { kind: "ambiguous", retryInMs: 0 } as const;
        await ledger.bury(at, { generation: 0, fence: first.fence, failure });
        const second = claim({ mayRepeatAmbiguous: true });
        expect(await ledger.claim(at, second)).toMatchObject({ kind: "led" });
        await ledger.release(at, { generation: 0, fence: second.fence });
        expect(await ledger.claim(at, claim())).toMatchObject({ kind: "dead", held: true });
      });
    });

    describe("publish", () => {
      it("replaces somebody else's pending claim", async () => {
        const at = address();
        await ledger.claim(at, claim());
        expect(await other.publish(at, { generation: 0, fence: name(), sealed: "late" })).toEqual({
          kind: "published",
        });
        expect(await ledger.claim(at, claim())).toMatchObject({
          kind: "done",
          view: { successors: { 0: "late" } },
        });
      });

      it("replaces a failure", async () => {
        const at = address();
        const first = claim();
        await ledger.claim(at, first);
        const failure = { kind: "unsent", retryInMs: 60_000 } as const;
        await ledger.bury(at, { generation: 0, fence: first.fence, failure });
        await ledger.publish(at, { generation: 0, fence: first.fence, sealed: "late" });
        expect(await ledger.read(at, 0)).toEqual({ highestSpent: 0, successors: { 0: "late" } });
      });

      it("is refused by another success only, and answers a repetition like the first time", async () => {
        const at = address();
        const fence = name();
        await ledger.publish(at, { generation: 0, fence, sealed: "first" });
        expect(await other.publish(at, { generation: 0, fence: name(), sealed: "second" })).toEqual({
          kind: "done",
          view: { highestSpent: 0, successors: { 0: "first" } },
        });
        expect(await other.publish(at, { generation: 0, fence, sealed: "first again" })).toEqual({
          kind: "published",
        });
        expect(await ledger.read(at, 0)).toMatchObject({ successors: { 0: "first" } });
      });

      it("links an earlier generation whose leader reports late", async () => {
        const at = address();
        const first = claim();
        await ledger.claim(at, first);
        await ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
        expect(await ledger.publish(at, { generation: 0, fence: first.fence, sealed: "sealed-0" })).toEqual({
          kind: "published",
        });
        expect(await ledger.read(at, 0)).toEqual({
          highestSpent: 1,
          successors: { 0: "sealed-0", 1: "sealed-1" },
        });
      });

      it("S-093: is refused on an ended record", async () => {
        const at = address();
        const first = claim();
        await ledger.claim(at, first);
        await other.end(at, { generation: 0, reason: "signed_out" });
        const late = { generation: 0, fence: first.fence, sealed: "late" };
        expect(await ledger.publish(at, late)).toEqual({ kind: "ended", reason: "signed_out" });
        expect(await ledger.read(at, 0)).toMatchObject({ ended: "signed_out", successors: {} });
      });
    });

    describe("bury", () => {
      it("makes everyone wait until the retry time, and remembers the failures", async () => {
        const at = address();
        let fence = name();
        await ledger.claim(at, claim({ fence }));
        const refused = { kind: "refused", retryInMs: 0 } as const;
        expect(await ledger.bury(at, { generation: 0, fence, failure: refused })).toEqual({ kind: "buried" });
        fence = name();
        expect(await other.claim(at, claim({ fence }))).toMatchObject({
          kind: "led",
          history: { tries: 1, refusals: 1, maybeSpent: false },
        });
        const unsent = { kind: "unsent", retryInMs: 60_000 } as const;
        await other.bury(at, { generation: 0, fence, failure: unsent });
        const answer = await ledger.claim(at, claim());
        expect(answer).toMatchObject({ kind: "dead", failure: "unsent", held: false });
        expect(answer.kind === "dead" && answer.retryInMs).toBeGreaterThan(50_000);
      });

      it("holds a generation that may have been spent until repeating it is worth the risk", async () => {
        const at = address();
        const fence = name();
        await ledger.claim(at, claim({ fence }));
        await ledger.bury(at, { generation: 0, fence, failure: { kind: "ambiguous", retryInMs: 0 } });
        expect(await ledger.claim(at, claim())).toMatchObject({ kind: "dead", held: true });
        expect(await ledger.claim(at, claim({ mayRepeatAmbiguous: true }))).toMatchObject({
          kind: "led",
          history: { tries: 1, maybeSpent: true },
        });
      });

      it("stays cautious when an unsent failure follows an ambiguous one", async () => {
        const at = address();
        const [first, second] = [name(), name()];
        await ledger.claim(at, claim({ fence: first }));
        await ledger.bury(at, {
          generation: 0,
          fence: first,
          failure: { kind: "ambiguous", retryInMs: 0 },
        });
        await ledger.claim(at, claim({ fence: second, mayRepeatAmbiguous: true }));
        await ledger.bury(at, { generation: 0, fence: second, failure: { kind: "unsent", retryInMs: 0 } });
        expect(await ledger.claim(at, claim())).toMatchObject({
          kind: "dead",
          failure: "unsent",
          held: true,
        });
      });

      it("counts how long it has been refused by the store's clock", async () => {
        const at = address();
        const fence = name();
        await ledger.claim(at, claim({ fence }));
        await ledger.bury(at, { generation: 0, fence, failure: { kind: "refused", retryInMs: 1 } });
        await expect
          .poll(async () => {
            const again = name();
            const answer = await ledger.claim(at, claim({ fence: again }));
            await ledger.release(at, { generation: 0, fence: again });
            return answer.kind === "led" ? answer.history.refusedForMs : 0;
          }, POLL)
          .toBeGreaterThan(0);
      });

      it("ends the session when the grant is over", async () => {
        const at = address();
        const fence = name();
        await ledger.claim(at, claim({ fence }));
        expect(await ledger.bury(at, { generation: 0, fence, failure: { kind: "terminal" } })).toEqual({
          kind: "ended",
          reason: "grant_ended",
        });
        expect(await other.claim(at, claim())).toEqual({ kind: "ended", reason: "grant_ended" });
      });

      it("changes nothing when an old fence reports late", async () => {
        const at = address();
        const first = claim({ leaseMs: 1 });
        await ledger.claim(at, first);
        await expired(at, first.fence);
        const second = claim({ takeOver: first.fence, mayRepeatAmbiguous: true });
        await other.claim(at, second);
        const late = { generation: 0, fence: first.fence, failure: { kind: "terminal" } } as const;
        expect(await ledger.bury(at, late)).toEqual({ kind: "lost" });
        expect(await ledger.claim(at, claim())).toMatchObject({ kind: "pending", fence: second.fence });
        await other.publish(at, { generation: 0, fence: second.fence, sealed: "sealed-0" });
        expect(await ledger.bury(at, { ...late, fence: second.fence })).toEqual({ kind: "lost" });
        expect(await ledger.read(at, 0)).toMatchObject({ successors: { 0: "sealed-0" } });
      });

      it("doesn't end a session of which a later generation is known", async () => {
        const at = address();
        const fence = name();
        await ledger.claim(at, claim({ fence }));
        await ledger.publish(at, { generation: 1, fence: name(), sealed: "sealed-1" });
        expect(await ledger.bury(at, { generation: 0, fence, failure: { kind: "terminal" } })).toEqual({
          kind: "lost",
        });
        const view = await ledger.read(at, 0);
        expect(view.ended).toBeUndefined();
        expect(await ledger.claim(at, claim())).toEqual({ kind: "stale" });
      });
    });

    describe("wait", () => {
      it("resolves when the entry is done, on every handle", async () => {
        const at = address();
        const fence = name();
        await ledger.claim(at, claim({ fence }));
        const here = ledger.wait(at, { generation: 0, fence, timeoutMs: 60_000 });
        const there = other.wait(at, { generation: 0, fence, timeoutMs: 60_000 });
        // Long enough for every first look to find nothing.
        for (const each of [ledger, other]) await each.wait(at, { generation: 0, fence, timeoutMs: 60 });
        await ledger.publish(at, { generation: 0, fence, sealed: "sealed-0" });
        await here;
        await there;
        expect(await other.claim(at, claim())).toMatchObject({ kind: "done" });
      });

      it("resolves when the try failed, was given back, or the session ended", async () => {
        const [failed, released, ended] = [address(), address(), address()];
        const fence = name();
        for (const at of [failed, released, ended]) await ledger.claim(at, claim({ fence }));
        const waits = [failed, released, ended].map((at) =>
          other.wait(at, { generation: 0, fence, timeoutMs: 60_000 }),
        );
        await ledger.bury(failed, { generation: 0, fence, failure: { kind: "unsent", retryInMs: 0 } });
        await ledger.release(released, { generation: 0, fence });
        await ledger.end(ended, { generation: 0, reason: "signed_out" });
        expect(await Promise.all(waits)).toHaveLength(3);
      });

      it("resolves at once when there is nothing to wait for, and after its time when nothing happens", async () => {
        const at = address();
        await ledger.wait(at, { generation: 0, fence: name(), timeoutMs: 60_000 });
        const fence = name();
        await ledger.claim(at, claim({ fence }));
        await ledger.wait(at, { generation: 0, fence, timeoutMs: 20 });
        expect(await ledger.claim(at, claim())).toMatchObject({ kind: "pending", fence });
      });
    });

    describe("acknowledge", () => {
      it("tells what there is, and leaves what the shown generation still needs", async () => {
        const at = address();
        await spend(at, 2);
        const answer = await ledger.acknowledge(at, { ...acknowledgement, shown: 1, staleCookieMs: 0 });
        expect(answer).toEqual({ highestSpent: 1, successors: { 1: "sealed-1" }, isSettled: true });
      });

      it("lets settled generations be forgotten, and remembers that they were spent", async () => {
        const at = address();
        await spend(at, 2);
        await ledger.acknowledge(at, { ...acknowledgement, shown: 2, staleCookieMs: 0 });
        expect(await ledger.read(at, 0)).toEqual({ highestSpent: 1, successors: {} });
        expect(await ledger.claim(at, claim({ generation: 0 }))).toEqual({ kind: "stale" });
        expect(await ledger.claim(at, claim({ generation: 1 }))).toEqual({ kind: "stale" });
        expect(await ledger.claim(at, claim({ generation: 2 }))).toMatchObject({ kind: "led" });
        const again = { generation: 0, fence: name(), sealed: "again" };
        expect(await ledger.publish(at, again)).toMatchObject({ kind: "done" });
      });

      it("doesn't settle a generation that was handed out too short before the request arrived", async () => {
        const at = address();
        await spend(at, 1);
        const shown = { ...acknowledgement, shown: 1, staleCookieMs: 0 };
        expect(await ledger.acknowledge(at, { ...shown, settleAfterMs: 60_000 })).toMatchObject({
          isSettled: false,
        });
        expect(await ledger.acknowledge(at, { ...shown, arrivedAgoMs: 60_000 })).toMatchObject({
          isSettled: false,
        });
        expect(await ledger.read(at, 0)).toMatchObject({ successors: { 0: "sealed-0" } });
      });

      it("counts from the last handing to a request that showed an earlier generation", async () => {
        const [handed, resealed] = [address(), address()];
        await spend(handed, 1);
        await spend(resealed, 1);
        const witness = claim({ leaseMs: 1_000 });
        const spentAt = address();
        await ledger.claim(spentAt, witness);
        await expired(spentAt, witness.fence);
        // Both were handed out a second ago by their success; now one is handed out again, the other one re-sealed.
        const begunAt = performance.now();
        await ledger.acknowledge(handed, { ...acknowledgement, shown: 0, isHanding: true });
        const notYet = { ...acknowledgement, shown: 1, settleAfterMs: 60_000 };
        await ledger.acknowledge(resealed, { ...notYet, isHanding: true });
        const shown = { ...acknowledgement, shown: 1, settleAfterMs: performance.now() - begunAt + 500 };
        expect(await ledger.acknowledge(handed, shown)).toMatchObject({ isSettled: false });
        expect(await ledger.acknowledge(resealed, shown)).toMatchObject({ isSettled: true });
      });

      it("remembers the latest touch", async () => {
        const at = address();
        await spend(at, 1);
        await ledger.acknowledge(at, { ...acknowledgement, touchedAt: 2_000 });
        await ledger.acknowledge(at, { ...acknowledgement, touchedAt: 1_000 });
        expect(await other.read(at, 0)).toMatchObject({ touchedAt: 2_000 });
      });

      it("makes a record for a touch only if the ledger outlives the process, and never for less", async () => {
        const [touched, shown] = [address(), address()];
        await ledger.acknowledge(touched, { ...acknowledgement, touchedAt: 2_000 });
        await ledger.acknowledge(shown, { ...acknowledgement, isHanding: true });
        expect((await ledger.read(touched, 0)).touchedAt).toBe(ledger.outlivesProcess ? 2_000 : undefined);
        expect(await ledger.read(shown, 0)).toEqual({ highestSpent: -1, successors: {} });
      });

      it("tells that a session has ended", async () => {
        const at = address();
        await ledger.end(at, { generation: 0, reason: "signed_out" });
        expect(await ledger.acknowledge(at, { ...acknowledgement, isHanding: true })).toMatchObject({
          ended: "signed_out",
        });
      });
    });

    describe("end", () => {
      it("makes a missing record, and keeps the first reason", async () => {
        const at = address();
        expect(await ledger.end(at, { generation: 0, reason: "replaced" })).toEqual({
          reason: "replaced",
          wasEnded: false,
          view: { highestSpent: -1, successors: {} },
        });
        expect(await other.end(at, { generation: 0, reason: "signed_out" })).toMatchObject({
          reason: "replaced",
          wasEnded: true,
        });
        expect(await other.claim(at, claim())).toEqual({ kind: "ended", reason: "replaced" });
      });

      it("hands out the successors one last time", async () => {
        const at = address();
        await spend(at, 2);
        expect(await ledger.end(at, { generation: 0, reason: "signed_out" })).toEqual({
          reason: "signed_out",
          wasEnded: false,
          view: { highestSpent: 1, successors: { 0: "sealed-0", 1: "sealed-1" } },
        });
        expect(await ledger.read(at, 0)).toEqual({ ended: "signed_out", highestSpent: 1, successors: {} });
      });

      it("loses against no other step: exactly one of a success and an end comes first", async () => {
        for (let round = 0; round < 10; round += 1) {
          const at = address();
          const fence = name();
          await ledger.claim(at, claim({ fence }));
          const [published, ended] = await Promise.all([
            ledger.publish(at, { generation: 0, fence, sealed: "sealed-0" }),
            other.end(at, { generation: 0, reason: "signed_out" }),
          ]);
          const isFirst = published.kind === "published";
          expect(ended.view.successors).toEqual(isFirst ? { 0: "sealed-0" } : {});
          expect(await ledger.read(at, 0)).toMatchObject({ ended: "signed_out", successors: {} });
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
        await ledger.claim(known, claim({ fence }));
        await other.entomb({ key: tombstones[1] ?? "", iat: 1_000, keepMs: 60_000 });
        expect(await ledger.publish(known, { generation: 0, fence, sealed: "late" })).toEqual({
          kind: "ended",
          reason: "revoked",
        });
        expect(await ledger.claim(unknown, claim())).toEqual({ kind: "ended", reason: "revoked" });
        expect(await ledger.read(address({ tombstones }), 0)).toMatchObject({ ended: "revoked" });
        expect(await ledger.claim(later, claim())).toMatchObject({ kind: "led" });
      });

      it("only ever raises the time up to which sessions end", async () => {
        const tombstones = [name()];
        await ledger.entomb({ key: tombstones[0] ?? "", iat: 1_000, keepMs: 60_000 });
        await other.entomb({ key: tombstones[0] ?? "", iat: 900, keepMs: 60_000 });
        expect(await ledger.claim(address({ tombstones }), claim())).toMatchObject({ kind: "ended" });
      });

      it("is forgotten after its time", async () => {
        const tombstones = [name()];
        await ledger.entomb({ key: tombstones[0] ?? "", iat: 1_000, keepMs: 1 });
        await expect
          .poll(async () => ledger.read(address({ tombstones }), 0), POLL)
          .toEqual({ highestSpent: -1, successors: {} });
      });
    });

    describe("watchEndings", () => {
      it("delivers what had ended before and what ends later, from every handle", async () => {
        const [before, after, entombed] = [address(), address(), name()];
        await ledger.end(before, { generation: 0, reason: "signed_out" });
        const seen: Ending[] = [];
        const watch = other.watchEndings((ending) => seen.push(ending));
        await watch.ready;
        expect(seen).toContainEqual({
          kind: "session",
          key: before.key,
          reason: "signed_out",
          keepMs: expect.toSatisfy((keepMs: number) => keepMs > 0),
        });
        await ledger.end(after, { generation: 0, reason: "replaced" });
        await ledger.entomb({ key: entombed, iat: 7, keepMs: 60_000 });
        await expect.poll(() => seen.map(({ key }) => key), POLL).toContain(after.key);
        await expect
          .poll(() => seen, POLL)
          .toContainEqual(expect.objectContaining({ kind: "tombstone", key: entombed, iat: 7 }));
        watch.stop();
      });

      it("tells of a session that a refused grant ended", async () => {
        const at = address();
        const fence = name();
        const seen: Ending[] = [];
        const watch = other.watchEndings((ending) => seen.push(ending));
        await watch.ready;
        await ledger.claim(at, claim({ fence }));
        await ledger.bury(at, { generation: 0, fence, failure: { kind: "terminal" } });
        await expect
          .poll(() => seen, POLL)
          .toContainEqual(expect.objectContaining({ kind: "session", key: at.key, reason: "grant_ended" }));
        watch.stop();
      });
    });

    describe("lifetimes", () => {
      it("forgets an unsettled successor when no cookie that needs it can open any more", async () => {
        const at = address({ keepMs: 30 });
        await spend(at, 1);
        await expect.poll(async () => ledger.read(at, 0), POLL).toEqual({ highestSpent: 0, successors: {} });
        expect(await ledger.claim(at, claim())).toEqual({ kind: "stale" });
      });

      it("keeps unsettled successors for longer after a touch", async () => {
        const at = address({ keepMs: 50 });
        await spend(at, 1);
        await ledger.acknowledge({ ...at, keepMs: 60_000 }, { ...acknowledgement, touchedAt: 1 });
        const witness = address({ keepMs: 50 });
        await spend(witness, 1);
        await expect
          .poll(async () => ledger.read(witness, 0), POLL)
          .toEqual({ highestSpent: 0, successors: {} });
        expect(await ledger.read(at, 0)).toMatchObject({ successors: { 0: "sealed-0" } });
      });

      it("counts what it holds", async () => {
        const before = await ledger.stats();
        await ledger.claim(address(), claim());
        const after = await ledger.stats();
        expect(after.records).toBe(before.records + 1);
      });
    });

    it("shows a reader of the store nothing but what it was given", async () => {
      const at = address();
      expect(await ledger.read(at, 0)).toEqual({ highestSpent: -1, successors: {} });
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
