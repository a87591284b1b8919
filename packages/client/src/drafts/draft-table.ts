import { openBrowserDatabase, transact } from "../browser-database.ts";

/** A draft as it lies on disk. */
export interface StoredDraft {
  key: string;
  value: unknown;
  changedAt: number;
}

/** The drafts of one person on disk, as one tab sees them: it reads and writes its own. */
export interface DraftTable {
  put(draft: StoredDraft): Promise<void>;
  drop(key: string): Promise<void>;
  /** All of the person's, also those of other tabs. */
  count(): Promise<number>;
  /** All of the person's, also those of other tabs. */
  clear(): Promise<void>;
  /**
   * Makes the drafts of closed tabs this tab's own, newest last.
   *
   * @param isTaken whether this tab has used the key already; such a draft, and the older of two alike, gets another key
   */
  takeOver(
    isTaken: (key: string) => boolean,
    keyForClash: (key: string) => string,
  ): Promise<readonly StoredDraft[]>;
}

interface Row extends StoredDraft {
  person: string;
  tab: string;
}

const STORE = "drafts";
/** Held by each tab as long as it lives. */
const TAB_LOCK = "coatcheck-draft-tab ";

/** @returns `undefined` where the browser keeps nothing (private windows, storage switched off). */
export async function openDraftTable(database: string, person: string): Promise<DraftTable | undefined> {
  const db = await openBrowserDatabase(database, STORE, ["person", "tab", "key"]);
  if (!db) return undefined;
  const tab = crypto.randomUUID();
  const locks = globalThis.navigator?.locks;
  const everyTab = IDBKeyRange.bound([person], [person, []]);
  if (locks) {
    await new Promise<void>((held) => {
      locks.request(TAB_LOCK + tab, () => new Promise<never>(() => held())).catch(() => held());
    });
  }

  const run = <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    transact(db, STORE, mode, work);
  const done = async (request: Promise<unknown>): Promise<void> => void (await request);

  return {
    put: (draft) => done(run("readwrite", (store) => store.put({ ...draft, person, tab }))),
    drop: (key) => done(run("readwrite", (store) => store.delete([person, tab, key]))),
    count: () => run("readonly", (store) => store.count(everyTab)),
    clear: () => done(run("readwrite", (store) => store.delete(everyTab))),
    async takeOver(isTaken, keyForClash) {
      const alive = await livingTabs(locks);
      const taken: StoredDraft[] = [];
      // Read and moved in one transaction, so that of two new tabs one gets each draft.
      await run("readwrite", (store) => {
        const reading: IDBRequest<Row[]> = store.getAll(everyTab);
        reading.addEventListener("success", () => {
          const rows = reading.result.filter((row) => row.tab !== tab && !alive.has(row.tab));
          const used = new Set<string>();
          for (const row of rows.toSorted((a, b) => b.changedAt - a.changedAt)) {
            const { key, value, changedAt } = row;
            const draft = { key: isTaken(key) || used.has(key) ? keyForClash(key) : key, value, changedAt };
            used.add(key);
            taken.unshift(draft);
            store.delete([person, row.tab, key]);
            store.put({ ...draft, person, tab });
          }
        });
        return reading;
      });
      return taken;
    },
  };
}

async function livingTabs(locks: LockManager | undefined): Promise<ReadonlySet<string>> {
  const held = (await locks?.query())?.held ?? [];
  return new Set(
    held.flatMap(({ name }) => (name?.startsWith(TAB_LOCK) ? [name.slice(TAB_LOCK.length)] : [])),
  );
}
