import { createDrafts, type Drafts } from "@coatcheck/client/drafts";
import { useClient } from "@coatcheck/react";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { createNotebook, NEW, type Notebook } from "./notebook.ts";
import { type NoteDraft, noteDraftSchema } from "./note-draft.ts";
import { putIntoLists, saveNote } from "../notes-api.ts";

/** A disk that doesn't answer holds up nobody. */
const LONGEST_WAIT_FOR_DRAFTS_MS = 1500;

type Open = { notebook: Notebook; drafts: Drafts<NoteDraft> };

const NotebookContext = createContext<Open | undefined>(undefined);

/** The notebook of one person: give it a `key` of their own, so that another person gets another notebook. */
export function NotebookProvider({ userKey, children }: { userKey: string; children: ReactNode }) {
  const client = useClient();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState<Open>();

  useEffect(() => {
    const drafts = createDrafts({
      person: userKey,
      name: "notes",
      schema: noteDraftSchema,
      keyForClash: () => NEW + crypto.randomUUID(),
    });
    let opened: Open | undefined;
    let isOver = false;
    const patience = new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_FOR_DRAFTS_MS));
    void Promise.race([drafts.ready, patience]).then(() => {
      if (isOver) return;
      const notebook = createNotebook({
        drafts,
        isOnline: () => navigator.onLine,
        now: () => Date.now(),
        newKey: () => crypto.randomUUID(),
        save: (base, text, key) => saveNote(client, base, text, { person: userKey, key }),
        onSaved: (note) => putIntoLists(client, queryClient, note),
      });
      opened = { notebook, drafts };
      setOpen(opened);
    });

    const onBack = () => void opened?.notebook.flushAll();
    const onLeaving = () => {
      if (document.visibilityState === "hidden") onBack();
    };
    window.addEventListener("online", onBack);
    document.addEventListener("visibilitychange", onLeaving);
    return () => {
      isOver = true;
      // The page belongs to nobody or to somebody else from here on.
      opened?.notebook.stop();
      window.removeEventListener("online", onBack);
      document.removeEventListener("visibilitychange", onLeaving);
    };
  }, [client, queryClient, userKey]);

  return open === undefined ? null : <NotebookContext value={open}>{children}</NotebookContext>;
}

function useOpen(): Open {
  const open = use(NotebookContext);
  if (open === undefined) throw new Error("There is no <NotebookProvider> above this component.");
  return open;
}

export function useNotebook(): Notebook {
  return useOpen().notebook;
}

/** What isn't saved, newest first; renders again when that changes. */
export function useNoteDrafts() {
  const { drafts } = useOpen();
  const version = useSyncExternalStore(drafts.subscribe, () => draftsKey(drafts));
  return { drafts, version };
}

function draftsKey(drafts: Drafts<NoteDraft>): string {
  return drafts
    .all()
    .map(({ key, changedAt }) => `${key} ${changedAt}`)
    .join();
}

/** The notebook, and a render with every change of any open note. */
export function useOpenNotes(): Notebook {
  const notebook = useNotebook();
  useSyncExternalStore(notebook.subscribe, notebook.revision);
  return notebook;
}
