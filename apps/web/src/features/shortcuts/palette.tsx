// oxlint-disable jsx-a11y/prefer-tag-over-role -- a select has a field of its own, and no way to mark what was found
import { useClient } from "@coatcheck/react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useLocation } from "wouter";
import { FoundText } from "../notes/list/found-text.tsx";
import { findMatch } from "../notes/list/find-match.ts";
import { noteName } from "../notes/note.ts";
import { useNotebook } from "../notes/keeping/notebook-context.tsx";
import { notesQueryOptions } from "../notes/notes-api.ts";
import { useSearchText } from "../notes/list/use-search-text.ts";
import { downloadAllNotes } from "../notes/editor/export-notes.ts";

const MOST_NOTES = 8;

type Entry = { id: string; name: string; kind: "note" | "action"; run: () => void };

interface PaletteProps {
  onClose: () => void;
  onKeys: () => void;
  onSignOut: () => void;
}

/** One field that leads to every note and does everything: a combobox over a list. @see ARIA APG, combobox pattern */
export default function Palette({ onClose, onKeys, onSignOut }: PaletteProps) {
  const list = useId();
  const client = useClient();
  const notebook = useNotebook();
  const [, navigate] = useLocation();
  const search = useSearchText();
  const [at, setAt] = useState(0);
  const notes = useInfiniteQuery({
    ...notesQueryOptions(client, search.settled),
    placeholderData: (before) => before,
  });

  const actions: readonly Entry[] = [
    {
      id: "new",
      name: "New note",
      kind: "action",
      run: () => navigate(`/notes/${encodeURIComponent(notebook.begin().get().key)}`),
    },
    { id: "notes", name: "Notes", kind: "action", run: () => navigate("/") },
    { id: "counter", name: "Counter", kind: "action", run: () => navigate("/counter") },
    { id: "export", name: "Export all notes", kind: "action", run: () => void downloadAllNotes(client) },
    { id: "keys", name: "Keys", kind: "action", run: onKeys },
    { id: "out", name: "Sign out", kind: "action", run: onSignOut },
  ];
  const q = search.text.trim();
  const found: readonly Entry[] = (notes.data?.pages[0]?.notes ?? [])
    // What is there already may answer an earlier question: Enter must not go to a note that holds nothing of this one.
    .filter((note) => q === "" || findMatch(`${note.title}\n${note.body}`, q) !== undefined)
    .slice(0, MOST_NOTES)
    .map((note) => ({
      id: `note-${note.id}`,
      name: noteName(note),
      kind: "note",
      run: () => navigate(`/notes/${encodeURIComponent(note.id)}`),
    }));
  const entries = [...(q === "" ? actions : actions.filter(({ name }) => findMatch(name, q))), ...found];
  const chosen = entries[Math.min(at, entries.length - 1)];

  function take(entry: Entry | undefined): void {
    if (entry === undefined) return;
    onClose();
    entry.run();
  }

  return (
    <>
      <input
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was opened before this was loaded
        autoFocus
        type="text"
        role="combobox"
        aria-label="Go to a note, or do something"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined}
        placeholder="Go to a note, or do something"
        autoComplete="off"
        spellCheck={false}
        value={search.text}
        onChange={(event) => {
          search.change(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step !== 0 && entries.length > 0) {
            event.preventDefault();
            setAt((Math.min(at, entries.length - 1) + step + entries.length) % entries.length);
          } else if (event.key === "Enter") {
            // Without this, the key would press the button that has the focus next.
            event.preventDefault();
            take(chosen);
          }
        }}
      />
      <div role="listbox" id={list} aria-label="What there is">
        {entries.map((entry) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the field has the keys and the focus
          <div
            key={entry.id}
            id={`${list}-${entry.id}`}
            role="option"
            aria-selected={entry === chosen}
            onClick={() => take(entry)}
          >
            <span>
              <FoundText text={entry.name} q={q} />
            </span>
            {entry.kind === "note" ? <small>Note</small> : null}
          </div>
        ))}
        {entries.length === 0 ? <p className="say-so">Nothing holds “{q}”.</p> : null}
      </div>
    </>
  );
}
