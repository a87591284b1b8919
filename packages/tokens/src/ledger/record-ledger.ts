import type { TimerPorts } from "../timer-ports.ts";
import { TokensError } from "../tokens-error.ts";
import { claimStep, releaseStep, renewStep } from "./ledger-claim.ts";
import { buryStep, publishStep } from "./ledger-outcome.ts";
import { current, doneFrom, EMPTY, type SessionRecord, type Step, type Stored } from "./ledger-record.ts";
import { acknowledgeStep, endStep } from "./ledger-session.ts";
import type { Ending, Ledger, RecordAddress, RecordView } from "./ledger.ts";

/** No session's record: keys of those are base64url. */
const PROBE_KEY = "probe:";
const PROBE_KEEP_MS = 60_000;

/** What a step sees and does, all of it at once or not at all. */
export interface Shelf {
  record(key: string): SessionRecord | undefined;
  /** `undefined` takes it away, with its successors. */
  putRecord(key: string, record: SessionRecord | undefined): void;
  sealed(key: string, generation: number): string | undefined;
  /** `undefined` takes it away. */
  putSealed(key: string, generation: number, sealed: string | undefined): void;
  tombstone(key: string): { readonly iat: number; readonly keepUntil: number } | undefined;
  putTombstone(key: string, tombstone: { readonly iat: number; readonly keepUntil: number }): void;
  /** Tells every process. `keepUntil`: milliseconds by the store's clock. */
  tell(ending: Ending, keepUntil: number): void;
}

/** A place for records in which one step after the other can be made. */
export interface RecordStore {
  readonly outlivesProcess: boolean;
  nowMs(): number;
  /** @param isDurable what is written must survive a loss of power before anyone can see it */
  change<T>(isDurable: boolean, work: (shelf: Shelf) => T): Promise<T>;
  look<T>(work: (shelf: Shelf) => T): Promise<T>;
  /** Calls back whenever this record may have changed, here or elsewhere. @returns stops it */
  onChange(key: string, callBack: () => void): () => void;
  watchEndings: Ledger["watchEndings"];
  stats: Ledger["stats"];
  close: Ledger["close"];
}

/** A ledger made of the transitions and a store. */
export function createRecordLedger(
  store: RecordStore,
  ports: Pick<TimerPorts, "setTimeout" | "clearTimeout">,
): Ledger {
  function stored(shelf: Shelf, at: RecordAddress): Stored {
    const now = store.nowMs();
    const iats = at.tombstones.flatMap((key) => {
      const tombstone = shelf.tombstone(key);
      return tombstone === undefined || tombstone.keepUntil <= now ? [] : [tombstone.iat];
    });
    const tombstoneIat = iats.length === 0 ? undefined : Math.max(...iats);
    return { record: shelf.record(at.key), tombstoneIat, now };
  }

  function put(shelf: Shelf, at: RecordAddress, before: Stored, record: SessionRecord | undefined): void {
    if (record === before.record) return;
    shelf.putRecord(at.key, record);
    for (const generation of doneFrom(before.record, 0)) {
      if (record !== undefined && record.entries[generation]?.state !== "done") {
        shelf.putSealed(at.key, generation, undefined);
      }
    }
    if (record?.ended !== undefined && before.record?.ended === undefined) {
      const keepMs = record.keepUntil - before.now;
      shelf.tell({ kind: "session", key: at.key, reason: record.ended, keepMs }, record.keepUntil);
    }
  }

  function step<Answer>(
    shelf: Shelf,
    at: RecordAddress,
    transition: (found: Stored) => Step<Answer>,
  ): Answer {
    const before = stored(shelf, at);
    const { record, answer } = transition(before);
    put(shelf, at, before, record);
    return answer;
  }

  function view(shelf: Shelf, at: RecordAddress, generation: number, isForEnd = false): RecordView {
    const record = current(at, stored(shelf, at));
    const successors: Record<number, string> = {};
    const isShown = isForEnd || record?.ended === undefined;
    for (const done of isShown ? doneFrom(record, generation) : []) {
      const sealed = shelf.sealed(at.key, done);
      if (sealed !== undefined) successors[done] = sealed;
    }
    return {
      ...(record?.ended === undefined ? {} : { ended: record.ended }),
      ...(record?.touchedAt === undefined ? {} : { touchedAt: record.touchedAt }),
      highestSpent: record?.highestSpent ?? -1,
      successors,
    };
  }

  return {
    outlivesProcess: store.outlivesProcess,
    claim: (at, request) =>
      store.change(false, (shelf) => {
        const verdict = step(shelf, at, (found) => claimStep(at, request, found));
        return verdict.kind === "done" ? { ...verdict, view: view(shelf, at, request.generation) } : verdict;
      }),
    wait(at, request) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          ports.clearTimeout(timer);
          stop();
          resolve();
        };
        const check = (): void => {
          store
            .look((shelf) => current(at, stored(shelf, at))?.entries[request.generation])
            .then((entry) => {
              if (entry?.state !== "pending" || entry.fence !== request.fence) finish();
            })
            .catch((error: unknown) => {
              finish();
              reject(error instanceof Error ? error : new Error("not an error", { cause: error }));
            });
        };
        const timer = ports.setTimeout(finish, Math.max(0, request.timeoutMs));
        const stop = store.onChange(at.key, check);
        check();
      });
    },
    renew: (at, request) =>
      store.change(false, (shelf) => step(shelf, at, (found) => renewStep(at, request, found))),
    publish: (at, request) =>
      store.change(true, (shelf) => {
        const verdict = step(shelf, at, (found) => publishStep(at, request, found));
        if (verdict.kind === "published") {
          if (verdict.isNew) shelf.putSealed(at.key, request.generation, request.sealed);
          return { kind: "published" };
        }
        return verdict.kind === "done" ? { ...verdict, view: view(shelf, at, request.generation) } : verdict;
      }),
    release: (at, request) =>
      store.change(false, (shelf) => step(shelf, at, (found) => releaseStep(at, request, found))),
    bury: (at, request) =>
      store.change(true, (shelf) => step(shelf, at, (found) => buryStep(at, request, found))),
    acknowledge: (at, request) =>
      store.change(false, (shelf) => {
        const { outlivesProcess } = store;
        const verdict = step(shelf, at, (found) => acknowledgeStep(at, request, found, outlivesProcess));
        return { ...view(shelf, at, request.shown), ...verdict };
      }),
    read: (at, generation) => store.look((shelf) => view(shelf, at, generation)),
    end: (at, request) =>
      store.change(true, (shelf) => {
        const before = view(shelf, at, request.generation, true);
        const verdict = step(shelf, at, (found) => endStep(at, request.reason, found));
        return { ...verdict, view: before };
      }),
    entomb: ({ key, iat, keepMs }) =>
      store.change(true, (shelf) => {
        const known = shelf.tombstone(key);
        const keepUntil = Math.max(store.nowMs() + keepMs, known?.keepUntil ?? 0);
        const highest = Math.max(iat, known?.iat ?? iat);
        shelf.putTombstone(key, { iat: highest, keepUntil });
        shelf.tell({ kind: "tombstone", key, iat: highest, keepMs }, keepUntil);
      }),
    probe: () =>
      store.change(true, (shelf) => {
        shelf.putRecord(PROBE_KEY, { ...EMPTY, keepUntil: store.nowMs() + PROBE_KEEP_MS });
        if (shelf.record(PROBE_KEY) === undefined) {
          throw new TokensError("ledger_unreachable", "the store doesn't keep what it is given");
        }
      }),
    watchEndings: store.watchEndings,
    stats: store.stats,
    close: store.close,
  };
}
