import { parseRecord } from "./ledger-record.ts";
import type { Ending, EndReason } from "./ledger.ts";
import type { StoreTransaction } from "./record-ledger.ts";

type SqlValue = string | number | null;
type SqlRow = Readonly<Record<string, unknown>>;

/** What this needs of a SQLite: as `node:sqlite` has it, or made over another one. */
export interface SqlDatabase {
  prepare(statement: string): {
    get(...values: SqlValue[]): SqlRow | undefined;
    all(...values: SqlValue[]): readonly SqlRow[];
    run(...values: SqlValue[]): unknown;
  };
}

/** Sealed successors lie apart from the record, so that a step reads and writes no more than it needs. */
export const SQLITE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS record (
    key TEXT PRIMARY KEY, body TEXT NOT NULL, keep_until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS record_keep_until ON record (keep_until);
  CREATE TABLE IF NOT EXISTS successor (
    key TEXT NOT NULL, generation INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (key, generation)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tombstone (
    key TEXT PRIMARY KEY, iat INTEGER NOT NULL, keep_until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ending (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, reason TEXT, iat INTEGER,
    keep_until INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS tombstone_keep_until ON tombstone (keep_until);
  CREATE INDEX IF NOT EXISTS ending_keep_until ON ending (keep_until);
`;

/** A million of them at once would fill the memory, and hold everything else up. */
export const ENDINGS_PAGE = 500;

export interface SqliteTables extends Omit<StoreTransaction, "now"> {
  /** Endings after `seq`, oldest first; at most {@link ENDINGS_PAGE}, and fewer only if there are no more. */
  endingsAfter(seq: number, nowMs: number): readonly { readonly seq: number; readonly ending: Ending }[];
  /** Takes away at most `limit` of each kind of thing that has outlived its time. @returns there may be more */
  sweep(nowMs: number, limit: number): boolean;
  count(nowMs: number): { readonly records: number; readonly tombstones: number };
}

/** The statements on these tables. Every method belongs into a transaction. */
export function createSqliteTables(database: SqlDatabase): SqliteTables {
  const getRecord = database.prepare("SELECT body FROM record WHERE key = ?");
  const putRecord = database.prepare(
    "INSERT INTO record (key, body, keep_until) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body, keep_until = excluded.keep_until",
  );
  const dropRecord = database.prepare("DELETE FROM record WHERE key = ?");
  const getSealed = database.prepare("SELECT sealed FROM successor WHERE key = ? AND generation = ?");
  const putSealed = database.prepare(
    "INSERT INTO successor (key, generation, sealed) VALUES (?, ?, ?) ON CONFLICT (key, generation) DO UPDATE SET sealed = excluded.sealed",
  );
  const dropSealed = database.prepare("DELETE FROM successor WHERE key = ? AND generation = ?");
  const dropAllSealed = database.prepare("DELETE FROM successor WHERE key = ?");
  const getTombstone = database.prepare("SELECT iat, keep_until FROM tombstone WHERE key = ?");
  const putTombstone = database.prepare(
    "INSERT INTO tombstone (key, iat, keep_until) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET iat = excluded.iat, keep_until = excluded.keep_until",
  );
  const addEnding = database.prepare(
    "INSERT INTO ending (kind, key, reason, iat, keep_until) VALUES (?, ?, ?, ?, ?)",
  );
  const getEndings = database.prepare(
    "SELECT seq, kind, key, reason, iat, keep_until FROM ending WHERE seq > ? AND keep_until > ? ORDER BY seq LIMIT ?",
  );
  const getOutlived = database.prepare("SELECT key FROM record WHERE keep_until <= ? LIMIT ?");
  const dropTombstones = database.prepare(
    "DELETE FROM tombstone WHERE key IN (SELECT key FROM tombstone WHERE keep_until <= ? LIMIT ?) RETURNING 1",
  );
  const dropEndings = database.prepare(
    "DELETE FROM ending WHERE seq IN (SELECT seq FROM ending WHERE keep_until <= ? LIMIT ?) RETURNING 1",
  );
  const countRecords = database.prepare("SELECT count(*) AS n FROM record WHERE keep_until > ?");
  const countTombstones = database.prepare("SELECT count(*) AS n FROM tombstone WHERE keep_until > ?");

  return {
    record(key) {
      const body = getRecord.get(key)?.["body"];
      return typeof body === "string" ? parseRecord(body) : undefined;
    },
    putRecord(key, record) {
      if (record !== undefined) {
        putRecord.run(key, JSON.stringify(record), Math.ceil(record.keepUntil));
        return;
      }
      dropRecord.run(key);
      dropAllSealed.run(key);
    },
    sealed(key, generation) {
      const sealed = getSealed.get(key, generation)?.["sealed"];
      return typeof sealed === "string" ? sealed : undefined;
    },
    putSealed(key, generation, sealed) {
      if (sealed === undefined) dropSealed.run(key, generation);
      else putSealed.run(key, generation, sealed);
    },
    tombstone(key) {
      const row = getTombstone.get(key);
      return row === undefined
        ? undefined
        : { iat: Number(row["iat"]), keepUntil: Number(row["keep_until"]) };
    },
    putTombstone(key, { iat, keepUntil }) {
      putTombstone.run(key, iat, Math.ceil(keepUntil));
    },
    notify(ending, keepUntil) {
      const [reason, iat] = ending.kind === "session" ? [ending.reason, null] : [null, ending.iat];
      addEnding.run(ending.kind, ending.key, reason, iat, Math.ceil(keepUntil));
    },
    endingsAfter(seq, nowMs) {
      return getEndings.all(seq, nowMs, ENDINGS_PAGE).map((row) => {
        const key = String(row["key"]);
        const keepMs = Number(row["keep_until"]) - nowMs;
        const ending: Ending =
          row["kind"] === "session"
            ? { kind: "session", key, reason: String(row["reason"]) as EndReason, keepMs }
            : { kind: "tombstone", key, iat: Number(row["iat"]), keepMs };
        return { seq: Number(row["seq"]), ending };
      });
    },
    sweep(nowMs, limit) {
      const outlived = getOutlived.all(nowMs, limit);
      for (const row of outlived) this.putRecord(String(row["key"]), undefined);
      const others = [dropTombstones.all(nowMs, limit), dropEndings.all(nowMs, limit)];
      return [outlived, ...others].some((gone) => gone.length === limit);
    },
    count(nowMs) {
      return {
        records: Number(countRecords.get(nowMs)?.["n"]),
        tombstones: Number(countTombstones.get(nowMs)?.["n"]),
      };
    },
  };
}
