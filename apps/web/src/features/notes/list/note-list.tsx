import { useState } from "react";
import { Link } from "wouter";
import { moveFocusByArrow } from "./arrow-keys.ts";
import { FoundText } from "./found-text.tsx";
import { listTime } from "./list-time.ts";
import { noteName, notePreview, type NoteText } from "../note.ts";
import "./note-list.css";

export type ListedNote = {
  /** Stays the same when a new note gets its id. */
  key: string;
  /** What the address calls it. */
  name: string;
  text: NoteText;
  /** `null`: the server doesn't have it yet. */
  updatedAt: number | null;
};

export type NoteListProps = {
  notes: readonly ListedNote[];
  chosen: string | undefined;
  /** What is searched for, to be marked; empty where nothing is. */
  q: string;
};

/** The notes, one line a title, one line of text. One tab stop; arrows move inside. */
export function NoteList({ notes, chosen, q }: NoteListProps) {
  const [now] = useState(() => Date.now());
  const stop = notes.some((note) => note.key === chosen) ? chosen : notes[0]?.key;
  return (
    <ul className="rows" aria-label="Notes">
      {notes.map((note) => (
        <li key={note.key}>
          <Link
            href={`/notes/${encodeURIComponent(note.name)}`}
            aria-current={note.key === chosen ? "true" : undefined}
            tabIndex={note.key === stop ? 0 : -1}
            onKeyDown={moveFocusByArrow}
          >
            <span className="first">
              <b>
                <FoundText text={noteName(note.text)} q={q} />
              </b>
              {note.updatedAt === null ? null : (
                <time dateTime={new Date(note.updatedAt).toISOString()}>
                  {listTime(note.updatedAt, Math.max(now, note.updatedAt))}
                </time>
              )}
            </span>
            <span className="second">
              <FoundText
                text={notePreview(note.text, q === "" ? 160 : 20_000) || "No text"}
                q={q}
                asSnippet
              />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
