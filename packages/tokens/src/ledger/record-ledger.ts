import type { TimerPorts } from "../timer-ports.ts";
import { TokensError } from "../tokens-error.ts";
import { claimStep, releaseStep, renewStep } from "./ledger-claim.ts";
import { buryStep, publishStep } from "./ledger-outcome.ts";
import {
  current,
  doneFrom,
  EMPTY,
  TOKENS_SLOT,
  type SessionRecord,
  type Transition,
  type Stored,
} from "./ledger-record.ts";
import { acknowledgeStep, endStep, keepTokensStep } from "./ledger-session.ts";
import type { Ending, Ledger, RecordAddress, RecordView, SessionIndex } from "./ledger.ts";
import { indexStep, livingEntries, unindexStep } from "./session-index.ts";

/** No session's record: keys of those are base64url. */
const NOWHERE: RecordAddress = { key: "probe:", tombstones: [], idTokenIat: 0, keepMs: 0, endedKeepMs: 0 };
const PROBE_KEEP_MS = 60_000;

/** What a step sees and does, all of it at once or not at all. Only what its address names is asked for. */
export interface StoreTransaction {
  /** Milliseconds by the store's clock. */
  readonly now: number;
  record(key: string): SessionRecord | undefined;
  /** `undefined` takes it away, with its successors. */
  putRecord(key: string, record: SessionRecord | undefined): void;
  /** @param slot a generation for its successor, or -1 */
  sealed(key: string, slot: number): string | undefined;
  /** `undefined` takes it away. */
  putSealed(key: string, slot: number, sealed: string | undefined): void;
  tombstone(key: string): { readonly iat: number; readonly keepUntil: number } | undefined;
  putTombstone(key: string, tombstone: { readonly iat: number; readonly keepUntil: number }): void;
  /** Lets every process know. `keepUntil`: milliseconds by the store's clock. */
  notify(ending: Ending, keepUntil: number): void;
}

/** Where steps on records are made. */
export interface StepStore {
  readonly outlivesProcess: boolean;
  /**
   * Runs a step, which may be run again from the beginning where another one came between.
   *
   * @param isDurable what is written must survive a loss of power before anyone can see it
   */
  change<T>(at: RecordAddress, isDurable: boolean, work: (tables: StoreTransaction) => T): Promise<T>;
  look<T>(at: RecordAddress, work: (tables: StoreTransaction) => T): Promise<T>;
  /** A probe tries so many places, of which one has to work: more than one where each has only a part of the records. Default 1. */
  readonly probePlaces?: number;
  /** Calls back whenever this record may have changed, here or elsewhere. @returns stops it */
  onChange(key: string, callBack: () => void): () => void;
}

/** A place for records in which one step after the other can be made. */
export interface RecordStore extends StepStore {
  watchEndings: Ledger["watchEndings"];
  stats: Ledger["stats"];
  close: Ledger["close"];
}

/** The methods of a ledger that are one atomic step each. */
export interface LedgerSteps
  extends
    Omit<Ledger, "outlivesProcess" | "watchEndings" | "catchUp" | "stats" | "close" | keyof SessionIndex>,
    SessionIndex {}

type WaitPorts = Pick<TimerPorts, "setTimeout" | "clearTimeout">;

/** A ledger made of the transitions and a store. */
export function createRecordLedger(store: RecordStore, ports: WaitPorts): Ledger {
  const { outlivesProcess, watchEndings, stats, close } = store;
  return { ...createLedgerSteps(store, ports), outlivesProcess, watchEndings, stats, close };
}

export function createLedgerSteps(store: StepStore, ports: WaitPorts): LedgerSteps {
  function stored(tables: StoreTransaction, at: RecordAddress): Stored {
    const { now } = tables;
    const iats = at.tombstones.flatMap((key) => {
      const tombstone = tables.tombstone(key);
      return tombstone === undefined || tombstone.keepUntil <= now ? [] : [tombstone.iat];
    });
    const tombstoneIat = iats.length === 0 ? undefined : Math.max(...iats);
    return { record: tables.record(at.key), tombstoneIat, now };
  }

  function put(
    tables: StoreTransaction,
    at: RecordAddress,
    before: Stored,
    record: SessionRecord | undefined,
  ): void {
    if (record === before.record) return;
    tables.putRecord(at.key, record);
    for (const generation of doneFrom(before.record, 0)) {
      if (record !== undefined && record.entries[generation]?.state !== "done") {
        tables.putSealed(at.key, generation, undefined);
      }
    }
    const { tokensOf } = before.record ?? {};
    if (record !== undefined && tokensOf !== undefined && record.tokensOf !== tokensOf) {
      tables.putSealed(at.key, TOKENS_SLOT, undefined);
    }
    if (record?.ended !== undefined && before.record?.ended === undefined) {
      const keepMs = record.keepUntil - before.now;
      tables.notify({ kind: "session", key: at.key, reason: record.ended, keepMs }, record.keepUntil);
    }
  }

  function step<Answer>(
    tables: StoreTransaction,
    at: RecordAddress,
    transition: (found: Stored) => Transition<Answer>,
  ): Answer {
    const before = stored(tables, at);
    const { record, answer } = transition(before);
    put(tables, at, before, record);
    return answer;
  }

  function view(
    tables: StoreTransaction,
    at: RecordAddress,
    generation: number,
    isForEnd = false,
  ): RecordView {
    const record = current(at, stored(tables, at));
    const successors: Record<number, string> = {};
    const isShown = isForEnd || record?.ended === undefined;
    for (const done of isShown ? doneFrom(record, generation) : []) {
      const sealed = tables.sealed(at.key, done);
      if (sealed !== undefined) successors[done] = sealed;
    }
    return {
      ...(record?.ended === undefined ? {} : { ended: record.ended }),
      ...(record?.touchedAt === undefined ? {} : { touchedAt: record.touchedAt }),
      highestSpent: record?.highestSpent ?? -1,
      successors,
    };
  }

  function probeAt(place: number): Promise<void> {
    const key = place === 0 ? NOWHERE.key : `${NOWHERE.key}${place}`;
    return store.change({ ...NOWHERE, key }, true, (tables) => {
      tables.putRecord(key, { ...EMPTY, keepUntil: tables.now + PROBE_KEEP_MS });
      if (tables.record(key) === undefined) {
        throw new TokensError("ledger_unreachable", "the store doesn't keep what it is given");
      }
    });
  }

  return {
    claim: (at, request) =>
      store.change(at, false, (tables) => {
        const verdict = step(tables, at, (found) => claimStep(at, request, found));
        return verdict.kind === "done" ? { ...verdict, view: view(tables, at, request.generation) } : verdict;
      }),
    wait(at, request) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      function check(): void {
        store
          .look(at, (tables) => current(at, stored(tables, at))?.entries[request.generation])
          .then((entry) => {
            if (entry?.state !== "pending" || entry.fence !== request.fence) resolve();
          })
          .catch(reject);
      }
      const timer = ports.setTimeout(resolve, Math.max(0, request.timeoutMs));
      const stop = store.onChange(at.key, check);
      check();
      return promise.finally(() => {
        ports.clearTimeout(timer);
        stop();
      });
    },
    renew: (at, request) =>
      store.change(at, false, (tables) => step(tables, at, (found) => renewStep(at, request, found))),
    publish: (at, request) =>
      store.change(at, true, (tables) => {
        const verdict = step(tables, at, (found) => publishStep(at, request, found));
        if (verdict.kind === "published") {
          if (verdict.isNew) tables.putSealed(at.key, request.generation, request.sealed);
          return { kind: "published" };
        }
        return verdict.kind === "done" ? { ...verdict, view: view(tables, at, request.generation) } : verdict;
      }),
    release: (at, request) =>
      store.change(at, false, (tables) => step(tables, at, (found) => releaseStep(at, request, found))),
    bury: (at, request) =>
      store.change(at, true, (tables) => step(tables, at, (found) => buryStep(at, request, found))),
    acknowledge: (at, request) =>
      store.change(at, false, (tables) => {
        const { outlivesProcess } = store;
        const verdict = step(tables, at, (found) => acknowledgeStep(at, request, found, outlivesProcess));
        return { ...view(tables, at, request.shown), ...verdict };
      }),
    read: (at, generation) =>
      store.look(at, (tables) => {
        const isKept = current(at, stored(tables, at))?.tokensOf === generation;
        const tokens = isKept ? tables.sealed(at.key, TOKENS_SLOT) : undefined;
        return { ...view(tables, at, generation), ...(tokens === undefined ? {} : { tokens }) };
      }),
    keepTokens: (at, { generation, sealed }) =>
      store.change(at, false, (tables) => {
        const isKept = step(tables, at, (found) => keepTokensStep(at, generation, found));
        if (isKept) tables.putSealed(at.key, TOKENS_SLOT, sealed);
        return isKept;
      }),
    end: (at, request) =>
      store.change(at, true, (tables) => {
        const before = view(tables, at, request.generation, true);
        const verdict = step(tables, at, (found) => endStep(at, request.reason, found));
        return { ...verdict, view: before };
      }),
    entomb: ({ key, iat, keepMs }) =>
      store.change({ ...NOWHERE, tombstones: [key] }, true, (tables) => {
        const known = tables.tombstone(key);
        const keepUntil = Math.max(tables.now + keepMs, known?.keepUntil ?? 0);
        const highest = Math.max(iat, known?.iat ?? iat);
        tables.putTombstone(key, { iat: highest, keepUntil });
        tables.notify({ kind: "tombstone", key, iat: highest, keepMs }, keepUntil);
      }),
    indexSession: (at, request) =>
      store.change(at, false, (tables) => step(tables, at, (found) => indexStep(at, request, found))),
    unindexSession: (at, id) =>
      store.change(at, false, (tables) => step(tables, at, (found) => unindexStep(id, found))),
    indexedSessions: (at) =>
      store.look(at, (tables) =>
        livingEntries(stored(tables, at)).map(({ dropAt: _dropAt, ...session }) => session),
      ),
    async probe() {
      const places = Array.from({ length: store.probePlaces ?? 1 }, (_, place) => probeAt(place));
      const failures = await Promise.any(places).catch((error: AggregateError) => error.errors);
      if (failures !== undefined) throw failures[0];
    },
  };
}
