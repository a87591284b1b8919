import { Link } from "wouter";

/** Where no note is yet: one sentence, one button. */
export function EmptyNotes({ onBegin }: { onBegin: () => void }) {
  return (
    <div className="nothing">
      <h1>No notes yet.</h1>
      <p>The first one is saved as you type.</p>
      <button type="button" className="btn main" onClick={onBegin}>
        Write a note
      </button>
    </div>
  );
}

/** Where the address names a note that isn't there. */
export function NoNote() {
  return (
    <div className="nothing">
      <h2>This note is not here.</h2>
      <p>It may have been deleted, or it belongs to somebody else.</p>
      <Link href="/" className="btn">
        All notes
      </Link>
    </div>
  );
}
