import {
  createRecordLedger,
  type Ending,
  type Ledger,
  type RecordStore,
  type SessionRecord,
} from "@coatcheck/tokens";
import { FAR, NOW, type State } from "./state.ts";

/** The real ledger, on what a state says; what it writes is read off afterwards. */
export interface ModelStore {
  readonly ledger: Ledger;
  load(state: State): void;
  /** The state with what the ledger has written meanwhile. */
  save(state: State): State;
}

export function createModelStore(create: typeof createRecordLedger = createRecordLedger): ModelStore {
  let record: SessionRecord | undefined;
  let sealed: Record<string, string> = {};
  const tables = {
    now: NOW,
    record: () => record,
    putRecord(_key: string, next: SessionRecord | undefined) {
      record = next;
    },
    sealed: (_key: string, slot: number) => sealed[slot],
    putSealed(_key: string, slot: number, text: string | undefined) {
      const { [slot]: _gone, ...others } = sealed;
      sealed = text === undefined ? others : { ...others, [slot]: text };
    },
    tombstone: () => undefined,
    putTombstone: () => undefined,
    notify: (_ending: Ending) => undefined,
  };
  const store: RecordStore = {
    outlivesProcess: true,
    change: async (_at, _isDurable, work) => work(tables),
    look: async (_at, work) => work(tables),
    onChange: () => () => undefined,
    watchEndings: () => ({ ready: Promise.resolve(), stop: () => undefined }),
    stats: async () => ({ records: 1, tombstones: 0 }),
    close: async () => undefined,
  };
  const timers = { setTimeout: () => 0, clearTimeout: () => undefined };
  return {
    ledger: create(store, timers),
    load(state) {
      ({ record, sealed } = state);
    },
    save: (state) => ({
      ...state,
      record: record === undefined ? undefined : withFarEnd(record),
      sealed: Object.fromEntries(Object.entries(sealed).toSorted(([a], [b]) => Number(a) - Number(b))),
    }),
  };
}

/** Everything that is kept for long is kept for ever, in one order of its parts. */
function withFarEnd(record: SessionRecord): SessionRecord {
  const end = (instant: number): number => (instant > FAR - 1_000_000 ? FAR : instant);
  const { ended, touchedAt, highestSpent, highestShown, keepUntil, entries } = record;
  return {
    ...(ended === undefined ? {} : { ended }),
    ...(touchedAt === undefined ? {} : { touchedAt }),
    highestSpent,
    highestShown,
    keepUntil: end(keepUntil),
    entries: Object.fromEntries(
      Object.entries(entries).map(([generation, entry]) => [
        generation,
        { ...entry, dropAt: end(entry.dropAt) },
      ]),
    ),
  };
}
