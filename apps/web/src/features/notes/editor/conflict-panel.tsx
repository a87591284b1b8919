import { clockTime } from "../../ticket/clock-time.ts";
import type { Note } from "../note.ts";

export type ConflictPanelProps = {
  /** What the note is elsewhere; `null` where it was deleted. */
  theirs: Note | null;
  onSettle: (choice: "mine" | "theirs" | "both") => void;
};

/** Two versions of one note: says so, shows the other one, and lets the person decide. Nothing is lost meanwhile. */
export function ConflictPanel({ theirs, onSettle }: ConflictPanelProps) {
  if (theirs === null) {
    return (
      <section className="conflict" aria-label="Deleted elsewhere" role="alert">
        <p>
          <b>This note was deleted elsewhere.</b> Your text is still here.
        </p>
        <p className="acts">
          <button type="button" className="btn main" onClick={() => onSettle("mine")}>
            Keep my text
          </button>
          <button type="button" className="btn" onClick={() => onSettle("theirs")}>
            Let it go
          </button>
        </p>
      </section>
    );
  }
  return (
    <section className="conflict" aria-label="Changed elsewhere" role="alert">
      <p>
        <b>This note was changed elsewhere at {clockTime(theirs.updatedAt)}.</b> Your text is below; this is
        the other version:
      </p>
      <blockquote>
        <b>{theirs.title}</b>
        {theirs.body === "" ? null : <span>{theirs.body}</span>}
      </blockquote>
      <p className="acts">
        <button type="button" className="btn main" onClick={() => onSettle("mine")}>
          Keep mine
        </button>
        <button type="button" className="btn" onClick={() => onSettle("theirs")}>
          Take the other
        </button>
        <button type="button" className="btn" onClick={() => onSettle("both")}>
          Keep both
        </button>
      </p>
    </section>
  );
}
