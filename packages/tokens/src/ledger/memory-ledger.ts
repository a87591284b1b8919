import type { TimerPorts } from "../timer-ports.ts";
import type { SessionRecord } from "./ledger-record.ts";
import type { Ending, Ledger, RecordAddress } from "./ledger.ts";
import { createRecordListeners } from "./record-listeners.ts";
import { createRecordLedger, type RecordStore, type StoreTransaction } from "./record-ledger.ts";
import { TokensError } from "../tokens-error.ts";

const SWEEP_EVERY_CHANGES = 1_000;

/**
 * A ledger in this process: for tests, and for runtimes where nothing else is to be had.
 *
 * It dies with the process, so a response waits for the refresh beside it, and a restart may lose sessions whose cookies
 * hold a spent refresh token.
 *
 * @param ports the store's clock, and timers for waiting
 * @param options `outlivesProcess` (default no): for simulations, where several keepers that come and go share one
 */
export function createMemoryLedger(
  ports: Pick<TimerPorts, "nowMs" | "setTimeout" | "clearTimeout">,
  options: { readonly outlivesProcess?: boolean } = {},
): Ledger {
  const records = new Map<string, SessionRecord>();
  const successors = new Map<string, Map<number, string>>();
  const tombstones = new Map<string, { readonly iat: number; readonly keepUntil: number }>();
  const listeners = createRecordListeners();
  const watchers = new Set<(ending: Ending) => void>();
  let isClosed = false;
  let changes = 0;

  const tables: StoreTransaction = {
    get now() {
      return ports.nowMs();
    },
    record: (key) => records.get(key),
    putRecord(key, record) {
      if (record === undefined) {
        records.delete(key);
        successors.delete(key);
      } else {
        records.set(key, record);
      }
      listeners.call(key);
    },
    sealed: (key, generation) => successors.get(key)?.get(generation),
    putSealed(key, generation, sealed) {
      const values = successors.get(key) ?? new Map<number, string>();
      if (sealed === undefined) values.delete(generation);
      else values.set(generation, sealed);
      if (values.size === 0) successors.delete(key);
      else successors.set(key, values);
    },
    tombstone: (key) => tombstones.get(key),
    putTombstone(key, tombstone) {
      tombstones.set(key, tombstone);
      // It may end the session of anyone who waits.
      listeners.callAll();
    },
    notify(ending) {
      for (const watcher of watchers) watcher(ending);
    },
  };

  function sweep(): void {
    const now = ports.nowMs();
    for (const [key, record] of records) if (record.keepUntil <= now) tables.putRecord(key, undefined);
    for (const [key, { keepUntil }] of tombstones) if (keepUntil <= now) tombstones.delete(key);
  }

  async function look<T>(_at: RecordAddress, work: (tables: StoreTransaction) => T): Promise<T> {
    if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
    return work(tables);
  }

  const store: RecordStore = {
    outlivesProcess: options.outlivesProcess ?? false,
    look,
    async change(at, _isDurable, work) {
      changes += 1;
      if (changes % SWEEP_EVERY_CHANGES === 0) sweep();
      return look(at, work);
    },
    onChange: (key, callBack) => listeners.listen(key, callBack),
    watchEndings(onEnding) {
      const now = ports.nowMs();
      for (const [key, { ended, keepUntil }] of records) {
        if (ended === undefined || keepUntil <= now) continue;
        onEnding({ kind: "session", key, reason: ended, keepMs: keepUntil - now });
      }
      for (const [key, { iat, keepUntil }] of tombstones) {
        if (keepUntil > now) onEnding({ kind: "tombstone", key, iat, keepMs: keepUntil - now });
      }
      watchers.add(onEnding);
      return { ready: Promise.resolve(), stop: () => void watchers.delete(onEnding) };
    },
    async stats() {
      sweep();
      return { records: records.size, tombstones: tombstones.size };
    },
    async close() {
      isClosed = true;
      watchers.clear();
      listeners.callAll();
    },
  };
  return createRecordLedger(store, ports);
}
