import { useEffect, useState } from "react";
import { useServerNow } from "../../ticket/use-server-now.ts";
import { savedAt } from "../list/list-time.ts";
import type { SaveState } from "../keeping/note-keeper.ts";

const SAVING_SHOWS_AFTER_MS = 400;

const UNTIL: Readonly<Record<Extract<SaveState, { kind: "kept" }>["until"] | "signed_in", string>> = {
  online: "until you are online",
  counter: "until the counter answers",
  provider: "until the provider answers",
  notes_service: "until the notes service answers",
  signed_in: "until you sign in",
};

export type SaveWordsProps = {
  save: SaveState;
  /** The session has ended: saving waits for a sign-in. */
  isEnded: boolean;
  onRetry: () => void;
};

/** The editor's corner: the only place that tells what became of the text. */
export function SaveWords({ save: saved, isEnded, onRetry }: SaveWordsProps) {
  const now = useServerNow();
  const waits = isEnded && (saved.kind === "saving" || saved.kind === "kept");
  const save: SaveState = waits ? KEPT : saved;
  const shown = useUnhurried(save);
  return (
    <output className="saved">
      {shown.kind === "saved" && shown.at !== null ? (
        <>
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true" className="good">
            <path d="M2 7.500l3.500 3.500L12 3.500" fill="none" stroke="currentColor" strokeWidth="1.8" />
          </svg>
          Saved {savedAt(shown.at, now)}
        </>
      ) : null}
      {shown.kind === "saving" ? (
        <>
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
            <circle cx="7" cy="7" r="2.5" fill="currentColor" />
          </svg>
          Saving
        </>
      ) : null}
      {shown.kind === "kept" ? (
        <>
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
            <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" />
            <path d="M3.500 10.500l7-7" stroke="currentColor" strokeWidth="1.6" />
          </svg>
          <span>
            Kept<span className="wide"> on this device</span> {waits ? UNTIL.signed_in : UNTIL[shown.until]}
          </span>
        </>
      ) : null}
      {shown.kind === "failed" || shown.kind === "conflict" ? (
        <>
          <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true" className="bad">
            <circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
            <path
              d="M7 3.800v3.700M7 9.700v.2"
              stroke="currentColor"
              strokeWidth="1.7"
              strokeLinecap="round"
            />
          </svg>
          Not saved.
          {shown.kind === "failed" ? (
            <button type="button" className="link" onClick={onRetry}>
              Try again
            </button>
          ) : null}
        </>
      ) : null}
    </output>
  );
}

/** One object, so that nothing renders again for it. */
const KEPT: SaveState = { kind: "kept", until: "counter" };

/** Shows "Saving" only where it takes a while, so that quick saves don't flicker. */
function useUnhurried(save: SaveState): SaveState {
  const [shown, setShown] = useState(save);
  const waits = save.kind === "saving" && shown.kind !== "saving";
  if (!waits && shown !== save) setShown(save);
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setTimeout(() => setShown({ kind: "saving" }), SAVING_SHOWS_AFTER_MS);
    return () => clearTimeout(timer);
  }, [waits]);
  return shown;
}
