import { useClient } from "@coatcheck/react";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { createDraftStore } from "./draft-store.ts";
import { createNotebook, type Notebook } from "./notebook.ts";
import { putIntoLists, saveNote } from "./notes-api.ts";

const NotebookContext = createContext<Notebook | undefined>(undefined);

/** The notebook of one person: give it a `key` of their own, so that another person gets another notebook. */
export function NotebookProvider({ userKey, children }: { userKey: string; children: ReactNode }) {
  const client = useClient();
  const queryClient = useQueryClient();
  const [notebook] = useState(() =>
    createNotebook({
      drafts: createDraftStore(() => sessionStorage, userKey),
      isOnline: () => navigator.onLine,
      now: () => Date.now(),
      newKey: () => crypto.randomUUID(),
      save: (base, text) => saveNote(client, base, text),
      onSaved: (note) => putIntoLists(client, queryClient, note),
    }),
  );

  useEffect(() => {
    const onBack = () => void notebook.flushAll();
    const onLeaving = () => {
      if (document.visibilityState === "hidden") void notebook.flushAll();
    };
    window.addEventListener("online", onBack);
    document.addEventListener("visibilitychange", onLeaving);
    return () => {
      window.removeEventListener("online", onBack);
      document.removeEventListener("visibilitychange", onLeaving);
    };
  }, [notebook]);

  return <NotebookContext value={notebook}>{children}</NotebookContext>;
}

export function useNotebook(): Notebook {
  const notebook = use(NotebookContext);
  if (notebook === undefined) throw new Error("There is no <NotebookProvider> above this component.");
  return notebook;
}

/** The notebook, and a render with every change of any open note. */
export function useOpenNotes(): Notebook {
  const notebook = useNotebook();
  useSyncExternalStore(notebook.subscribe, notebook.revision);
  return notebook;
}
