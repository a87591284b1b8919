import { createRecordLedger, TokensError } from "@coatcheck/tokens";
import type { Ending, Ledger, RecordStore, SessionRecord, StoreTransaction } from "@coatcheck/tokens";

/** What a step sees of your tables, and does to them. Records, sealed successors and tombstones are rows with a text each. */
function transactionOn(rows: Map<string, string>, endings: Ending[]): StoreTransaction {
  function put(key: string, value: object | string | undefined): void {
    if (value === undefined) rows.delete(key);
    else rows.set(key, typeof value === "string" ? value : JSON.stringify(value));
  }
  return {
    now: Date.now(),
    record: (key) => parse(rows.get(`record ${key}`)) as SessionRecord | undefined,
    putRecord: (key, record) => put(`record ${key}`, record),
    sealed: (key, generation) => rows.get(`sealed ${key} ${generation}`),
    putSealed: (key, generation, sealed) => put(`sealed ${key} ${generation}`, sealed),
    tombstone: (key) => parse(rows.get(`tombstone ${key}`)) as ReturnType<StoreTransaction["tombstone"]>,
    putTombstone: (key, tombstone) => put(`tombstone ${key}`, tombstone),
    notify: (ending) => void endings.push(ending),
  };
}

/** Says of a row that can't be read that it is this one alone, and not the whole store. */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch (cause) {
    throw new TokensError("record_unreadable", "a row can't be read", { cause });
  }
}

/** A ledger in a table of your own. Here the table is a map, and a transaction a copy of it. */
export function createOwnLedger(table: { rows: Map<string, string> | undefined }): Ledger {
  const changes = new EventTarget();
  const watchers = new Set<(ending: Ending) => void>();
  const past: Ending[] = [];

  function open(): Map<string, string> {
    if (table.rows === undefined) throw new TokensError("ledger_closed", "the ledger is closed");
    return table.rows;
  }

  const store: RecordStore = {
    outlivesProcess: true,
    look: async (_at, work) => work(transactionOn(open(), [])),
    async change(_at, _isDurable, work) {
      const rows = new Map(open());
      const endings: Ending[] = [];
      const answer = work(transactionOn(rows, endings));
      table.rows = rows;
      past.push(...endings);
      for (const ending of endings) for (const watcher of watchers) watcher(ending);
      changes.dispatchEvent(new Event("change"));
      return answer;
    },
    onChange(_key, callBack) {
      changes.addEventListener("change", callBack);
      return () => changes.removeEventListener("change", callBack);
    },
    watchEndings(onEnding) {
      for (const ending of past) onEnding(ending);
      watchers.add(onEnding);
      return { ready: Promise.resolve(), stop: () => void watchers.delete(onEnding) };
    },
    async stats() {
      const keys = [...open().keys()];
      const count = (kind: string): number => keys.filter((key) => key.startsWith(kind)).length;
      return { records: count("record "), tombstones: count("tombstone ") };
    },
    async close() {
      table.rows = undefined;
      watchers.clear();
    },
  };
  return createRecordLedger(store, { setTimeout, clearTimeout: (timer) => clearTimeout(timer as number) });
}
