import { useEffect, useRef, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { loadPart } from "../../../app/load-part.tsx";
import { useBanner } from "../../banners/banner-board.tsx";
import type { BannerProps } from "../../banners/banner.tsx";
import { ConflictPanel } from "./conflict-panel.tsx";
import { downloadNote } from "./export-notes.ts";
import { GrowingText } from "./growing-text.tsx";
import type { NoteKeeper } from "../keeping/note-keeper.ts";
import type { NoteText } from "../note.ts";
import { SaveWords } from "./save-words.tsx";
import "./note-editor.css";

const NoteFiles = loadPart(() => import("../files/note-files.tsx"));

export type NoteEditorProps = {
  keeper: NoteKeeper;
  /** The session has ended: saving waits for a sign-in. */
  isEnded: boolean;
  /** Puts the caret into the title: for a note that was just begun. */
  begins: boolean;
  onDelete: () => void;
  onBeginWith: (text: NoteText) => void;
};

const WHY_NOT_SAVED: Readonly<Record<"refused" | "too_long", BannerProps>> = {
  refused: { weight: "signal", fact: "Not saved.", rest: "The notes service refused the change." },
  too_long: {
    weight: "signal",
    fact: "Not saved.",
    rest: "The note is longer than the notes service takes. Your text is kept here.",
  },
};

/** One note as it is written; saved by itself. */
export function NoteEditor({ keeper, isEnded, begins, onDelete, onBeginWith }: NoteEditorProps) {
  const { key, id, text, save } = useSyncExternalStore(keeper.subscribe, keeper.get);
  const title = useRef<HTMLTextAreaElement>(null);
  const body = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (begins) title.current?.focus();
    // Leaving a note is a good moment to save it.
    return () => void keeper.flush();
  }, [begins, keeper]);

  useBanner(`save ${key}`, save.kind === "failed" ? WHY_NOT_SAVED[save.why] : undefined);

  return (
    <section className="edit" aria-label="Note">
      <div className="tools">
        <Link href="/" className="btn bare back">
          All notes
        </Link>
        <SaveWords save={save} isEnded={isEnded} onRetry={() => void keeper.flush()} />
      </div>
      <div className="sheet-of-text">
        {save.kind === "conflict" ? (
          <ConflictPanel
            theirs={save.theirs}
            onSettle={(choice) => {
              if (save.kind === "conflict" && save.theirs === null && choice === "theirs") return onDelete();
              const second = keeper.settle(choice);
              if (second) onBeginWith(second);
            }}
          />
        ) : null}
        <GrowingText
          ref={title}
          className="title"
          aria-label="Title"
          placeholder="Title"
          value={text.title}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => keeper.edit({ title: event.target.value.replaceAll("\n", " ") })}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
            event.preventDefault();
            body.current?.focus();
          }}
        />
        <GrowingText
          ref={body}
          className="body"
          aria-label="Text"
          placeholder="Saved as you type."
          value={text.body}
          onChange={(event) => keeper.edit({ body: event.target.value })}
        />
        <div className="under-text">
          {id === null ? null : <NoteFiles noteId={id} />}
          <button type="button" className="btn bare narrow-export" onClick={() => downloadNote(text)}>
            Export this note
          </button>
        </div>
      </div>
      <div className="actions">
        <button type="button" className="btn bare export" onClick={() => downloadNote(text)}>
          Export
        </button>
        <button type="button" className="btn bare" onClick={onDelete}>
          Delete
        </button>
      </div>
    </section>
  );
}
