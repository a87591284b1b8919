import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** A file that hangs on a note, without its content. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  /** Media type, as its sender said. */
  readonly type: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface NewFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
  /** Names this one wish: a second request with the same key finds what the first one made. */
  readonly idempotencyKey?: string | undefined;
}

/** Files of notes. Nobody's methods can reach anybody else's; a note that goes takes its files along. */
export interface FileStore {
  list(sub: string, noteId: number): readonly StoredFile[];
  /** @returns `undefined` where the person has no such note */
  add(sub: string, noteId: number, file: NewFile): StoredFile | undefined;
  find(sub: string, id: number): { readonly file: StoredFile; readonly content: Uint8Array } | undefined;
  remove(sub: string, id: number): boolean;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sub TEXT NOT NULL,
    note_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    content BLOB NOT NULL,
    idempotency_key TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (sub, idempotency_key)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS file_by_note ON file (note_id);
  CREATE TRIGGER IF NOT EXISTS file_goes_with_note AFTER DELETE ON note
  BEGIN DELETE FROM file WHERE note_id = old.id; END;
`;
const FACTS = "id, name, type, length(content) AS bytes, created_at";

/** @param db has the table of notes already. */
export function createFileStore(db: DatabaseSync, nowMs: () => number): FileStore {
  db.exec(SCHEMA);
  const ofNote = db.prepare(`SELECT ${FACTS} FROM file WHERE sub = ? AND note_id = ? ORDER BY id`);
  const one = db.prepare(`SELECT ${FACTS}, content FROM file WHERE sub = ? AND id = ?`);
  const byKey = db.prepare(`SELECT ${FACTS} FROM file WHERE sub = ? AND idempotency_key = ?`);
  const insert = db.prepare(
    `INSERT INTO file (sub, note_id, name, type, content, idempotency_key, created_at)
     SELECT :sub, id, :name, :type, :content, :key, :at FROM note WHERE sub = :sub AND id = :noteId
     ON CONFLICT DO NOTHING RETURNING ${FACTS}`,
  );
  const remove = db.prepare("DELETE FROM file WHERE sub = ? AND id = ?");

  return {
    list: (sub, noteId) => ofNote.all(sub, noteId).map(toFile),
    add(sub, noteId, { name, type, content, idempotencyKey = null }) {
      const made = insert.get({ sub, noteId, name, type, content, key: idempotencyKey, at: nowMs() });
      const row = made ?? (idempotencyKey === null ? undefined : byKey.get(sub, idempotencyKey));
      return row && toFile(row);
    },
    find(sub, id) {
      const row = one.get(sub, id);
      return row && { file: toFile(row), content: row["content"] as Uint8Array };
    },
    remove: (sub, id) => remove.run(sub, id).changes > 0,
  };
}

function toFile(row: Record<string, SQLOutputValue>): StoredFile {
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    type: String(row["type"]),
    bytes: Number(row["bytes"]),
    createdAt: Number(row["created_at"]),
  };
}
