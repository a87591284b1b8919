import type { Schema } from "@coatcheck/contract";
import { openDraftTable, type DraftTable } from "./draft-table.ts";

/** What a person typed and the server doesn't have yet. */
export interface Draft<T> {
  key: string;
  value: T;
  /** Milliseconds since the epoch, by the browser's clock. */
  changedAt: number;
}

/**
 * Drafts of one person in this browser: known at once, kept on disk (IndexedDB) from the moment they are put, and never
 * shown to anybody else who signs in here.
 */
export interface Drafts<T> {
  /** Resolves when what earlier pages left is known. */
  ready: Promise<void>;
  /** Whether drafts outlive this page; `false` where the browser keeps nothing. Known after `ready`. */
  isDurable: () => boolean;
  get: (key: string) => Draft<T> | undefined;
  /** Newest first. */
  all: () => readonly Draft<T>[];
  put: (key: string, value: T) => void;
  drop: (key: string) => void;
  subscribe: (listener: () => void) => () => void;
  /** How many drafts this person has in this browser, those of other tabs included. */
  count: () => Promise<number>;
  /** Resolves when everything put and dropped up to now is on disk. */
  flushed: () => Promise<void>;
  /** Forgets all drafts of this person, those of other tabs included: for their sign-out. */
  clear: () => Promise<void>;
}

export interface DraftsOptions<T> {
  /** `client.userKey()`. */
  person: string;
  /** Checks what was kept, perhaps by an older version of the page; what doesn't fit is left alone. */
  schema: Schema<T>;
  /** Apart from other drafts of the same page. Default `drafts`. */
  name?: string;
  /** The key of a draft whose own key another closed tab used, too; both are kept. Default: the key and a random part. */
  keyForClash?: (key: string) => string;
  now?: () => number;
}

/**
 * Opens the drafts of a person.
 *
 * Each tab writes its own, so that two tabs with the same form don't overwrite each other; a new tab takes over what
 * closed tabs left (told by Web Locks; without them, everything).
 */
export function createDrafts<T>({
  person,
  schema,
  name = "drafts",
  keyForClash = (key) => `${key}~${crypto.randomUUID()}`,
  now = Date.now,
}: DraftsOptions<T>): Drafts<T> {
  const listeners = new Set<() => void>();
  const drafts = new Map<string, Draft<T>>();
  /** Keys that were dropped before the table was open. */
  const dropped = new Set<string>();
  let table: DraftTable | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function write(work: (open: DraftTable) => Promise<unknown>): void {
    writing = writing.then(async () => {
      await ready;
      // A disk that is full costs the durability of this draft, not the draft.
      if (table) await work(table).catch(() => undefined);
    });
  }

  const ready = load();

  async function load(): Promise<void> {
    table = await openDraftTable(`coatcheck-${name}`, person);
    if (!table) return;
    const left = await table.takeOver((key) => drafts.has(key) || dropped.has(key), keyForClash);
    for (const { key, value, changedAt } of left) {
      const parsed = schema.safeParse(value);
      if (parsed.success) drafts.set(key, { key, value: parsed.data, changedAt });
    }
    if (left.length > 0) changed();
  }

  return {
    ready,
    isDurable: () => table !== undefined,
    get: (key) => drafts.get(key),
    all: () => [...drafts.values()].toSorted((a, b) => b.changedAt - a.changedAt),
    put(key, value) {
      const draft = { key, value, changedAt: now() };
      drafts.set(key, draft);
      write((open) => open.put(draft));
      changed();
    },
    drop(key) {
      dropped.add(key);
      write((open) => open.drop(key));
      if (drafts.delete(key)) changed();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async count() {
      await writing;
      return (await table?.count().catch(() => undefined)) ?? drafts.size;
    },
    async flushed() {
      await writing;
    },
    async clear() {
      drafts.clear();
      write((open) => open.clear());
      changed();
      await writing;
    },
  };
}
