import { schema as s, type Infer } from "@coatcheck/contract";

const draftSchema = s.object({
  /** The note's id, or the name that this page gave a note which the server doesn't know yet. */
  key: s.string,
  title: s.string,
  body: s.string,
  /** What the change was made to; `null` for a note that the server doesn't know yet. */
  baseVersion: s.union(s.oneOf(null), s.number, s.string),
  changedAt: s.number,
});

export type Draft = Infer<typeof draftSchema>;

/**
 * Changes that the server doesn't have yet.
 *
 * They live in session storage: they survive a reload and the way to the sign-in page and back, die with the tab, and are
 * filed under the person's key, so that somebody else who signs in here never sees them.
 */
export interface DraftStore {
  get: (key: string) => Draft | undefined;
  put: (draft: Draft) => void;
  drop: (key: string) => void;
  all: () => readonly Draft[];
}

export function createDraftStore(storage: () => Storage, userKey: string): DraftStore {
  const prefix = `coatcheck:draft:${userKey}:`;
  // Where storage is off or full, the page still keeps what was typed as long as it is open.
  const memory = new Map<string, Draft>();

  function attempt<T>(use: (kept: Storage) => T): T | undefined {
    try {
      return use(storage());
    } catch {
      return undefined;
    }
  }

  function read(kept: Storage, name: string): Draft | undefined {
    const stored = kept.getItem(name);
    if (stored === null) return undefined;
    const parsed = draftSchema.safeParse(parseJson(stored));
    return parsed.success ? parsed.data : undefined;
  }

  return {
    get: (key) => memory.get(key) ?? attempt((kept) => read(kept, prefix + key)),
    put(draft) {
      memory.set(draft.key, draft);
      attempt((kept) => kept.setItem(prefix + draft.key, JSON.stringify(draft)));
    },
    drop(key) {
      memory.delete(key);
      attempt((kept) => kept.removeItem(prefix + key));
    },
    all() {
      const stored = attempt((kept) => {
        const names = Array.from({ length: kept.length }, (_, index) => kept.key(index) ?? "");
        return names.filter((name) => name.startsWith(prefix)).map((name) => read(kept, name));
      });
      const found = new Map((stored ?? []).flatMap((draft) => (draft ? [[draft.key, draft]] : [])));
      for (const [key, draft] of memory) found.set(key, draft);
      return [...found.values()].toSorted((a, b) => b.changedAt - a.changedAt);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
