import type { Drafts } from "@coatcheck/client/drafts";
import type { NoteDraft } from "./note-draft.ts";
import { isBlank, type Note, type NoteText, sameText } from "../note.ts";

/** What became of one attempt to save. */
export type SaveOutcome =
  | { kind: "saved"; note: Note }
  /** Somebody changed the note since; `theirs` is what it is now, `null` where it is gone. */
  | { kind: "conflict"; theirs: Note | null }
  /** Nobody could take it just now: it waits, and is tried again. */
  | { kind: "away"; who: Away; retryAfterMs?: number | undefined }
  /** The service says no to this text. */
  | { kind: "refused"; tooLong: boolean };

/** Who has to come back before a change can be saved. */
export type Away = "counter" | "provider" | "notes_service";

export type SaveState =
  | { kind: "saved"; at: number | null }
  | { kind: "saving" }
  | { kind: "kept"; until: "online" | Away }
  | { kind: "failed"; why: "refused" | "too_long" }
  | { kind: "conflict"; theirs: Note | null };

export type KeptNote = {
  /** Stays the same from the first letter on, also when the server gives the note its id. */
  key: string;
  id: string | null;
  text: NoteText;
  save: SaveState;
};

export interface NoteKeeperPorts {
  /**
   * Creates (`base` is `null`) or replaces a note; resolves always.
   *
   * @param key names the creation, so that a second request for it makes no second note
   */
  save: (base: Pick<Note, "id" | "version"> | null, text: NoteText, key: string) => Promise<SaveOutcome>;
  drafts: Pick<Drafts<NoteDraft>, "put" | "drop">;
  isOnline: () => boolean;
  now: () => number;
  /** The server has a newer state of the note. */
  onSaved: (note: Note) => void;
}

/** One note while it is open: what was typed, what the server has, and the way from one to the other. */
export interface NoteKeeper {
  get: () => KeptNote;
  subscribe: (listener: () => void) => () => void;
  edit: (change: Partial<NoteText>) => void;
  /** Saves now what isn't saved; resolves when there is nothing more to do just now. */
  flush: () => Promise<void>;
  /** Takes a newer state from the server, unless something here isn't saved. */
  adopt: (note: Note) => void;
  /** Ends a conflict: with what is here, with what is there, or with both. `both` returns the text for a second note. */
  settle: (choice: "mine" | "theirs" | "both") => NoteText | undefined;
  /** Stops; what isn't saved is forgotten. */
  discard: () => void;
  /** Stops; what isn't saved stays where it is kept. */
  stop: () => void;
}

/** What the notes service takes. */
export const MAX_TITLE = 200;

const PAUSE_MS = 700;
/** Somebody who types without a pause is saved this often. */
const LONGEST_WAIT_MS = 4000;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 60_000;

/** A note as the server has it, or as it was kept: with what was typed, and what may have arrived. */
export type KeeperStart = { key: string; note: Note | null; text?: NoteText; sent?: NoteText | null };

export function createNoteKeeper(ports: NoteKeeperPorts, start: KeeperStart): NoteKeeper {
  const listeners = new Set<() => void>();
  const { key } = start;
  let base = start.note;
  let kept = textOf(base);
  let text = start.text ?? kept;
  let save: SaveState = { kind: "saved", at: base?.updatedAt ?? null };
  let snapshot: KeptNote = { key, id: base?.id ?? null, text, save };
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let sent = start.sent ?? null;
  let dirtySince: number | undefined;
  let failures = 0;
  let over = false;

  const isDirty = () => !sameText(text, kept) && !(base === null && isBlank(text));

  const canSave = () => !over && isDirty() && save.kind !== "conflict";

  function show(next: SaveState): void {
    save = next;
    snapshot = { key, id: base?.id ?? null, text, save };
    for (const listener of listeners) listener();
  }

  function schedule(waitMs: number): void {
    clearTimeout(timer);
    if (!over) timer = setTimeout(() => void flush(), waitMs);
  }

  function remember(): void {
    const draftKey = base?.id ?? key;
    if (isDirty()) ports.drafts.put(draftKey, { text, base, sent });
    else ports.drafts.drop(draftKey);
  }

  function edit(change: Partial<NoteText>): void {
    text = { ...text, ...change };
    remember();
    if (save.kind === "conflict") return show(save);
    if (!isDirty() && !running) {
      clearTimeout(timer);
      dirtySince = undefined;
      return show({ kind: "saved", at: base?.updatedAt ?? null });
    }
    dirtySince ??= ports.now();
    const waited = ports.now() - dirtySince;
    schedule(Math.max(0, Math.min(PAUSE_MS, LONGEST_WAIT_MS - waited)));
    show(save.kind === "kept" ? save : { kind: "saving" });
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function run(): Promise<void> {
    while (canSave()) {
      if (!ports.isOnline()) return show({ kind: "kept", until: "online" });
      dirtySince = undefined;
      const before = sent;
      sent = text;
      remember();
      if (save.kind !== "kept") show({ kind: "saving" });
      const outcome = await ports.save(base, text, key);
      if (over) return;
      if (outcome.kind === "saved") take(outcome.note);
      // An earlier page sent this and didn't live to hear that it arrived: nobody else's text.
      else if (outcome.kind === "conflict" && isOneOf(outcome.theirs, [before, sent])) take(outcome.theirs);
      else return fail(outcome);
    }
  }

  /** The server has this by now. What was typed meanwhile comes next. */
  function take(note: Note): void {
    failures = 0;
    if (base === null) ports.drafts.drop(key);
    base = note;
    kept = textOf(note);
    sent = null;
    remember();
    ports.onSaved(note);
    show(isDirty() ? { kind: "saving" } : { kind: "saved", at: note.updatedAt });
  }

  function fail(outcome: Exclude<SaveOutcome, { kind: "saved" }>): void {
    if (outcome.kind === "conflict") return show(outcome);
    if (outcome.kind === "refused")
      return show({ kind: "failed", why: outcome.tooLong ? "too_long" : "refused" });
    const backOffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    failures += 1;
    schedule(outcome.retryAfterMs ?? backOffMs);
    show({ kind: "kept", until: outcome.who });
  }

  function settle(choice: "mine" | "theirs" | "both"): NoteText | undefined {
    if (save.kind !== "conflict") return undefined;
    const mine = text;
    const { theirs } = save;
    ports.drafts.drop(base?.id ?? key);
    base = theirs;
    kept = textOf(theirs);
    sent = null;
    if (choice !== "mine") text = kept;
    if (theirs && choice !== "mine") ports.onSaved(theirs);
    save = { kind: "saving" };
    remember();
    show(isDirty() ? { kind: "saving" } : { kind: "saved", at: base?.updatedAt ?? null });
    void flush();
    if (choice !== "both") return undefined;
    // Two notes with one title would look like one note twice.
    const title = mine.title === text.title ? `${mine.title.slice(0, MAX_TITLE - 10)} (my text)` : mine.title;
    return { ...mine, title };
  }

  if (isDirty()) {
    save = { kind: "saving" };
    snapshot = { ...snapshot, save };
    schedule(0);
  }

  return {
    get: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    edit,
    flush,
    adopt(note) {
      if (over || isDirty() || running || save.kind === "conflict") return;
      if (base !== null && (note.version === base.version || note.updatedAt < base.updatedAt)) return;
      base = note;
      kept = textOf(note);
      text = kept;
      show({ kind: "saved", at: note.updatedAt });
    },
    settle,
    discard() {
      over = true;
      clearTimeout(timer);
      ports.drafts.drop(base?.id ?? key);
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
  };
}

function textOf(note: Note | null): NoteText {
  return note ? { title: note.title, body: note.body } : { title: "", body: "" };
}

function isOneOf(note: Note | null, texts: readonly (NoteText | null)[]): note is Note {
  return note !== null && texts.some((text) => text !== null && sameText(note, text));
}
