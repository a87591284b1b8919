import type { Ending, EndingWatch, RecordStore, SessionRecord, StoreTransaction } from "@coatcheck/tokens";
import type { Random } from "./random.ts";
import type { SimProcess } from "./sim-process.ts";
import type { StoreOutage } from "./steps.ts";
import type { VirtualTime } from "./virtual-time.ts";

interface Outage {
  readonly how: StoreOutage;
  readonly from: number;
  readonly until: number;
  readonly places: readonly number[] | undefined;
}

/** A store that all processes share: one step after the other, each at once; it can be out of reach and forget. */
export interface SimStore {
  readonly records: RecordStore;
  /** A look from outside. */
  peek(key: string): SessionRecord | undefined;
  /** `undefined`: it answers this process. */
  outage(process: SimProcess): StoreOutage | undefined;
  /** When it was out of reach, of anybody or of this process: pairs of true instants. */
  outages(process?: SimProcess): readonly (readonly [from: number, to: number])[];
  /** @param places of instances that lose it; default: everybody does */
  goDown(how: StoreOutage, ms: number, places?: readonly number[]): void;
  /** A record that can't be read until then. */
  damage(key: string, ms: number): void;
  isDamaged(key: string): boolean;
  /** Undoes the writes of the last `lastMs`; of everything, if that is more than the journal holds. @returns how far back */
  forget(lastMs: number): number;
  /** Tells a process what has ended, now and later. */
  watch(process: SimProcess, onEnding: (ending: Ending) => void): EndingWatch;
}

const JOURNAL_MS = 5_000;
const MAX_DELIVERY_MS = 800;

interface Watcher {
  readonly process: SimProcess;
  readonly onEnding: (ending: Ending) => void;
  /** Deliveries keep their order. */
  lastAt: number;
}

export function createSimStore(time: VirtualTime, random: Random, skewMs: number): SimStore {
  const records = new Map<string, SessionRecord>();
  const sealed = new Map<string, string>();
  const tombstones = new Map<string, { readonly iat: number; readonly keepUntil: number }>();
  const endings: { readonly ending: Ending; readonly keepUntil: number }[] = [];
  const listeners = new Map<string, Set<() => void>>();
  const watchers = new Set<Watcher>();
  const outages: Outage[] = [];
  const journal: { readonly at: number; readonly undo: () => void }[] = [];
  const damagedUntil = new Map<string, number>();

  /** What keeps this process from it now. */
  const under = (process: SimProcess): readonly Outage[] =>
    outages.filter((outage) => outage.until > time.now() && concerns(outage, process));
  const nowMs = (): number => Math.floor(time.now() + skewMs);

  function put<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
    const before = map.get(key);
    journal.push({
      at: time.now(),
      undo: () => void (before === undefined ? map.delete(key) : map.set(key, before)),
    });
    if (value === undefined) map.delete(key);
    else map.set(key, value);
    while ((journal[0]?.at ?? Infinity) < time.now() - JOURNAL_MS) journal.shift();
  }

  function backAt(process: SimProcess): number {
    return Math.max(time.now(), ...under(process).map(({ until }) => until));
  }

  function notifyLater(watcher: Watcher, ending: Ending, keepUntil: number): void {
    const at = Math.max(watcher.lastAt, backAt(watcher.process) + random.integer(0, MAX_DELIVERY_MS));
    watcher.lastAt = at;
    time.schedule(at, () => {
      const keepMs = keepUntil - nowMs();
      watcher.process.deliver(() => watcher.onEnding({ ...ending, keepMs }));
    });
  }

  function changed(key: string): void {
    for (const callBack of listeners.get(key) ?? []) callBack();
  }

  const tables: StoreTransaction = {
    get now() {
      return nowMs();
    },
    record: (key) => records.get(key),
    putRecord(key, record) {
      put(records, key, record);
      changed(key);
    },
    sealed: (key, generation) => sealed.get(`${key} ${generation}`),
    putSealed: (key, generation, value) => put(sealed, `${key} ${generation}`, value),
    tombstone: (key) => tombstones.get(key),
    putTombstone(key, tombstone) {
      put(tombstones, key, tombstone);
      for (const known of listeners.keys()) changed(known);
    },
    notify(ending, keepUntil) {
      endings.push({ ending, keepUntil });
      for (const watcher of watchers) notifyLater(watcher, ending, keepUntil);
    },
  };

  return {
    records: {
      outlivesProcess: true,
      change: async (_at, _isDurable, work) => work(tables),
      look: async (_at, work) => work(tables),
      onChange(key, callBack) {
        const callBacks = listeners.get(key) ?? new Set();
        listeners.set(key, callBacks.add(callBack));
        return () => void callBacks.delete(callBack);
      },
      watchEndings: () => ({ ready: Promise.resolve(), stop: () => undefined }),
      stats: async () => ({ records: records.size, tombstones: tombstones.size }),
      close: async () => undefined,
    },
    peek: (key) => records.get(key),
    outage: (process) => under(process).at(-1)?.how,
    outages: (process) =>
      outages
        .filter((outage) => process === undefined || concerns(outage, process))
        .map(({ from, until }) => [from, until]),
    goDown(how, ms, places) {
      outages.push({ how, from: time.now(), until: time.now() + ms, places });
    },
    damage: (key, ms) => void damagedUntil.set(key, time.now() + ms),
    isDamaged: (key) => (damagedUntil.get(key) ?? 0) > time.now(),
    forget(lastMs) {
      while ((journal.at(-1)?.at ?? -Infinity) >= time.now() - lastMs) journal.pop()?.undo();
      if (lastMs >= JOURNAL_MS) {
        records.clear();
        sealed.clear();
        tombstones.clear();
        journal.length = 0;
      }
      endings.length = 0;
      for (const [key, record] of records) {
        if (record.ended !== undefined) {
          endings.push({
            ending: { kind: "session", key, reason: record.ended, keepMs: 0 },
            keepUntil: record.keepUntil,
          });
        }
      }
      for (const [key, { iat, keepUntil }] of tombstones) {
        endings.push({ ending: { kind: "tombstone", key, iat, keepMs: 0 }, keepUntil });
      }
      return lastMs >= JOURNAL_MS ? Number.POSITIVE_INFINITY : lastMs;
    },
    watch(process, onEnding) {
      const watcher: Watcher = { process, onEnding, lastAt: 0 };
      watchers.add(watcher);
      for (const { ending, keepUntil } of endings) notifyLater(watcher, ending, keepUntil);
      const ready = new Promise<void>((resolve) => {
        const at = Math.max(watcher.lastAt, backAt(process)) + 1;
        time.schedule(at, () => process.deliver(resolve));
      });
      return { ready, stop: () => void watchers.delete(watcher) };
    },
  };
}

function concerns({ places }: Outage, { place }: SimProcess): boolean {
  return places === undefined || places.includes(place);
}
