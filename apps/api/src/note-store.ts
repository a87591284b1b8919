import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { createFileStore, type FileStore } from "./files/file-store.ts";
import type { Note, NotePage, NoteText } from "./note.ts";
import { formatNoteCursor, type NoteCursor } from "./note-cursor.ts";
import type { SampleNote } from "./sample-notes.ts";

interface ListRequest {
  readonly limit: number;
  readonly cursor?: NoteCursor | undefined;
  /** Title or text hold this, in any case. */
  readonly query?: string | undefined;
}

/** What became of a change: `stale` means that the note has another version than the caller believes. */
type ChangeOutcome =
  | { readonly kind: "done"; readonly note: Note }
  | { readonly kind: "missing" }
  | { readonly kind: "stale" };

/** Notes by person. Nobody's methods can reach anybody else's notes. */
export interface NoteStore {
  readonly files: FileStore;
  list(sub: string, request: ListRequest): NotePage;
  find(sub: string, id: number): Note | undefined;
  /**
   * @param idempotencyKey names this one wish: a second request with the same key finds what the first one made, as it is
   * by now, and makes nothing
   */
  add(sub: string, text: NoteText, idempotencyKey?: string): Note;
  /** Writing what is there already changes nothing and succeeds, so a repeated request is harmless. */
  replace(sub: string, id: number, text: NoteText, expectedVersion?: number): ChangeOutcome;
  remove(sub: string, id: number, expectedVersion?: number): ChangeOutcome["kind"];
  removeAll(sub: string): void;
  /** Gives a person the samples when this is their very first visit. */
  welcome(sub: string, samples: readonly SampleNote[]): void;
  close(): void;
}

type Row = Record<string, SQLOutputValue>;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS person (sub TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS note (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sub TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    searchable TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS note_by_person ON note (sub, updated_at DESC, id DESC);
  CREATE TABLE IF NOT EXISTS made (
    sub TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    note_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (sub, idempotency_key)
  ) STRICT, WITHOUT ROWID;
`;

const BUSY_TIMEOUT_MS = 2_000;
const MINUTE_MS = 60_000;
/** A request that is repeated later than this is taken for a new one. */
const KEY_LIFE_MS = 7 * 24 * 60 * MINUTE_MS;

/**
 * @param database `:memory:` or a file path; a file may be shared by several processes
 * @param nowMs milliseconds since the epoch
 */
export function openNoteStore(database: string, nowMs: () => number): NoteStore {
  const db = new DatabaseSync(database, { timeout: BUSY_TIMEOUT_MS });
  db.exec(SCHEMA);
  const matching = `sub = :sub AND (:pattern IS NULL OR searchable LIKE :pattern ESCAPE '\\')`;
  const select = {
    page: db.prepare(
      `SELECT * FROM note WHERE ${matching}
         AND (:updatedAt IS NULL OR (updated_at, id) < (:updatedAt, :id))
       ORDER BY updated_at DESC, id DESC LIMIT :limit`,
    ),
    total: db.prepare(`SELECT count(*) AS total FROM note WHERE ${matching}`),
    one: db.prepare("SELECT * FROM note WHERE sub = ? AND id = ?"),
  };
  const insert = db.prepare(
    `INSERT INTO note (sub, title, body, searchable, created_at, updated_at, version)
     VALUES (:sub, :title, :body, :searchable, :at, :at, 1) RETURNING *`,
  );
  const update = db.prepare(
    `UPDATE note SET title = :title, body = :body, searchable = :searchable, updated_at = :at, version = version + 1
     WHERE sub = :sub AND id = :id RETURNING *`,
  );
  const remove = db.prepare("DELETE FROM note WHERE sub = ? AND id = ?");
  const removeAll = db.prepare("DELETE FROM note WHERE sub = ?");
  const made = {
    find: db.prepare(
      `SELECT note.* FROM made JOIN note ON note.id = made.note_id AND note.sub = made.sub
       WHERE made.sub = ? AND made.idempotency_key = ?`,
    ),
    keep: db.prepare("INSERT OR REPLACE INTO made (sub, idempotency_key, note_id, at) VALUES (?, ?, ?, ?)"),
    forget: db.prepare("DELETE FROM made WHERE sub = ? AND at < ?"),
  };
  const meet = db.prepare("INSERT INTO person (sub) VALUES (?) ON CONFLICT DO NOTHING");

  function inTransaction<Result>(work: () => Result): Result {
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }

  function addAt(sub: string, { title, body }: NoteText, at: number): Note {
    const row = insert.get({ sub, title, body, searchable: fold(`${title}\n${body}`), at });
    if (row === undefined) throw new TypeError("INSERT ... RETURNING gave no row.");
    return toNote(row);
  }

  function find(sub: string, id: number): Note | undefined {
    const row = select.one.get(sub, id);
    return row === undefined ? undefined : toNote(row);
  }

  return {
    files: createFileStore(db, nowMs),
    find,
    list(sub, { limit, cursor, query }) {
      const pattern = query === undefined || query === "" ? null : `%${escapeLike(fold(query))}%`;
      const rows = select.page.all({
        sub,
        pattern,
        updatedAt: cursor?.updatedAt ?? null,
        id: cursor?.id ?? null,
        limit: limit + 1,
      });
      const notes = rows.slice(0, limit).map(toNote);
      const last = notes.at(-1);
      return {
        notes,
        total: Number(select.total.get({ sub, pattern })?.["total"]),
        ...(rows.length > limit && last !== undefined
          ? { nextCursor: formatNoteCursor({ updatedAt: last.updatedAt, id: Number(last.id) }) }
          : {}),
      };
    },
    add(sub, text, idempotencyKey) {
      if (idempotencyKey === undefined) return addAt(sub, text, nowMs());
      return inTransaction(() => {
        const known = made.find.get(sub, idempotencyKey);
        if (known !== undefined) return toNote(known);
        const now = nowMs();
        const note = addAt(sub, text, now);
        made.forget.run(sub, now - KEY_LIFE_MS);
        made.keep.run(sub, idempotencyKey, Number(note.id), now);
        return note;
      });
    },
    replace: (sub, id, text, expectedVersion) =>
      inTransaction(() => {
        const present = find(sub, id);
        if (present === undefined) return { kind: "missing" };
        if (present.title === text.title && present.body === text.body)
          return { kind: "done", note: present };
        if (expectedVersion !== undefined && present.version !== expectedVersion) return { kind: "stale" };
        const searchable = fold(`${text.title}\n${text.body}`);
        const row = update.get({ sub, id, title: text.title, body: text.body, searchable, at: nowMs() });
        return row === undefined ? { kind: "missing" } : { kind: "done", note: toNote(row) };
      }),
    remove: (sub, id, expectedVersion) =>
      inTransaction(() => {
        const present = find(sub, id);
        if (present === undefined) return "missing";
        if (expectedVersion !== undefined && present.version !== expectedVersion) return "stale";
        remove.run(sub, id);
        return "done";
      }),
    removeAll: (sub) => void removeAll.run(sub),
    welcome: (sub, samples) =>
      inTransaction(() => {
        if (meet.run(sub).changes === 0) return;
        const now = nowMs();
        for (const sample of samples) addAt(sub, sample, now - sample.minutesAgo * MINUTE_MS);
      }),
    close: () => db.close(),
  };
}

function toNote(row: Row): Note {
  return {
    id: String(row["id"]),
    title: String(row["title"]),
    body: String(row["body"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
    version: Number(row["version"]),
  };
}

/** SQLite folds the case of ASCII only; people write Tromsø. */
function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}
