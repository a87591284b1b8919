import type { Drafts } from "@coatcheck/client/drafts";
import type { NoteDraft } from "./note-draft.ts";
import type { Note, NoteText } from "../note.ts";
import { createNoteKeeper, type NoteKeeper, type NoteKeeperPorts } from "./note-keeper.ts";

export type NotebookPorts = NoteKeeperPorts & {
  drafts: Pick<Drafts<NoteDraft>, "all" | "get" | "put" | "drop">;
  newKey: () => string;
};

/** The notes that this page has opened. A note that is left keeps saving until the server has it. */
export interface Notebook {
  /** The keeper of a note of the server's: with what wasn't saved the last time, or with what the server has. */
  open: (note: Note) => NoteKeeper;
  /** A note that the server doesn't know yet. */
  begin: (text?: NoteText) => NoteKeeper;
  /** The keeper of an open note, by its id or its key. */
  find: (idOrKey: string) => NoteKeeper | undefined;
  /** Forgets a note, also what wasn't saved of it. */
  close: (keeper: NoteKeeper) => void;
  keepers: () => readonly NoteKeeper[];
  /** Changes with every change of any open note. */
  subscribe: (listener: () => void) => () => void;
  revision: () => number;
  /** Tries again to save whatever isn't saved. */
  flushAll: () => Promise<void>;
  /** Saves nothing more; what isn't saved stays where it is kept. */
  stop: () => void;
}

/** Begins the key of a note that the server didn't know when it was begun. */
export const NEW = "new-";

export function createNotebook(ports: NotebookPorts): Notebook {
  const listeners = new Set<() => void>();
  let keepers: readonly NoteKeeper[] = [];
  let revision = 0;

  function notify(): void {
    revision += 1;
    for (const listener of listeners) listener();
  }

  function add(keeper: NoteKeeper): NoteKeeper {
    keepers = [keeper, ...keepers];
    keeper.subscribe(notify);
    notify();
    return keeper;
  }

  const find = (idOrKey: string) =>
    keepers.find((keeper) => keeper.get().id === idOrKey || keeper.get().key === idOrKey);

  const notebook: Notebook = {
    open(note) {
      const known = find(note.id);
      if (known) {
        known.adopt(note);
        return known;
      }
      return add(createNoteKeeper(ports, { key: note.id, note }));
    },
    begin: (text) =>
      add(createNoteKeeper(ports, { key: NEW + ports.newKey(), note: null, ...(text ? { text } : {}) })),
    find,
    close(keeper) {
      keeper.discard();
      keepers = keepers.filter((other) => other !== keeper);
      notify();
    },
    keepers: () => keepers,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    revision: () => revision,
    async flushAll() {
      await Promise.all(keepers.map((keeper) => keeper.flush()));
    },
    stop() {
      for (const keeper of keepers) keeper.stop();
    },
  };

  // What earlier pages didn't save is saved now, whether or not its note is opened.
  for (const { key, value } of ports.drafts.all().toReversed()) {
    // A draft of a known note under a new key is the older of two tabs' drafts of it: a note of its own.
    const note = key.startsWith(NEW) ? null : value.base;
    add(
      createNoteKeeper(ports, { key, note, text: value.text, sent: note === value.base ? value.sent : null }),
    );
  }
  return notebook;
}
