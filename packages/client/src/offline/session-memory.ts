import { sessionViewSchema, type SignedInView } from "@coatcheck/contract";
import { openBrowserDatabase, transact } from "../browser-database.ts";

/** What a browser remembers of the session when no page is open. */
export interface SessionMemory {
  /** Who was signed in when a page last heard of it; the caller looks at the deadlines. */
  recall: () => Promise<SignedInView | undefined>;
  /** `undefined`: nobody is signed in, and nothing stays. */
  keep: (view: SignedInView | undefined) => void;
}

const STORE = "session";
const KEY = "last";

/**
 * Remembers whose page it was and until when (IndexedDB): the opaque `userKey`, the ticket's number and the deadlines, and
 * no claim of the person. So a page that is opened offline finds that person's drafts as long as their session can live.
 *
 * @param name of the database. Default `coatcheck-session`.
 */
export function createSessionMemory(name = "coatcheck-session"): SessionMemory {
  let opening: Promise<IDBDatabase | undefined> | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  const open = () => (opening ??= openBrowserDatabase(name, STORE));

  return {
    async recall() {
      const db = await open();
      if (!db) return undefined;
      // A database that the browser has closed meanwhile: nothing is remembered, and the page goes on.
      const reading = transact<unknown>(db, STORE, "readonly", (store) => store.get(KEY));
      const kept = await reading.catch(() => undefined);
      const view = sessionViewSchema.safeParse(kept).data;
      return view?.state === "active" ? view : undefined;
    },
    keep(view) {
      writing = writing.then(async () => {
        const db = await open();
        if (!db) return;
        const written = view
          ? transact(db, STORE, "readwrite", (store) => store.put(withoutClaims(view), KEY))
          : transact(db, STORE, "readwrite", (store) => store.delete(KEY));
        // A disk that is full costs the next page's start without a network, and nothing else.
        await written.catch(() => undefined);
      });
    },
  };
}

function withoutClaims(view: SignedInView): SignedInView {
  return { ...view, state: "active", user: { sub: "" }, extensions: undefined };
}
