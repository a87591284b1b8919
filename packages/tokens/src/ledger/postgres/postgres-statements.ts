import type { RecordLook, RecordWrites } from "../buffered-step.ts";
import type { RecordAddress } from "../ledger.ts";
import type { PostgresStatement } from "./postgres-connection.ts";

type Row = Readonly<Record<string, unknown>>;

/** Milliseconds since the epoch, by the database's clock. */
const NOW = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/** Microseconds: a record that is made anew never has a version that an earlier one had. */
const VERSION = "floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/** A look, and what tells whether anything has changed since. */
export interface PostgresLook extends RecordLook {
  /** `undefined`: there is no record. */
  readonly version: string | undefined;
}

/** One row: the record, its successors, its tombstones, all of the same moment. */
export function loadStatement(
  schema: string,
  { key, tombstones }: Pick<RecordAddress, "key" | "tombstones">,
): PostgresStatement {
  const text = `SELECT clock.now::text AS now, r.body, r.version::text AS version,
    (SELECT json_object_agg(s.slot, s.sealed)::text FROM ${schema}.successor s WHERE s.key = $1) AS sealed,
    (SELECT json_object_agg(t.key, json_build_array(t.iat, t.keep_until))::text FROM ${schema}.tombstone t
      WHERE t.key = ANY ($2::text[])) AS tombstones
  FROM (SELECT ${NOW} AS now) clock LEFT JOIN ${schema}.record r ON r.key = $1::text`;
  return { text, values: [key, tombstones] };
}

export function readLook(row: Row | undefined): PostgresLook {
  const { now, body, version, sealed, tombstones } = row ?? {};
  const slots = typeof sealed === "string" ? (JSON.parse(sealed) as Record<string, string>) : {};
  const marks =
    typeof tombstones === "string" ? (JSON.parse(tombstones) as Record<string, [number, number]>) : {};
  return {
    now: Number(now),
    body: typeof body === "string" ? body : undefined,
    version: typeof version === "string" ? version : undefined,
    sealed: new Map(Object.entries(slots).map(([slot, value]) => [Number(slot), value])),
    tombstones: new Map(
      Object.entries(marks).map(([key, [iat, keepUntil]]) => [key, { iat, keepUntil }] as const),
    ),
  };
}

/**
 * Writes what a step has written, if nothing has changed since it looked; then it has one row.
 *
 * One statement, so that it happens as a whole or not at all, and nothing is left open where its connection is lost.
 */
export function commitStatement(
  schema: string,
  at: Pick<RecordAddress, "key" | "tombstones">,
  look: PostgresLook,
  { record, put, drop, endings, tombstone }: RecordWrites,
): PostgresStatement {
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const key = parameter(at.key, "text");
  const seen = at.tombstones.map((name) => look.tombstones.get(name)?.iat ?? null);
  const parts = [
    `same AS (SELECT 1 WHERE NOT EXISTS (
      SELECT 1 FROM unnest(${parameter(at.tombstones, "text[]")}, ${parameter(seen, "bigint[]")}) AS seen (key, iat)
      LEFT JOIN ${schema}.tombstone t ON t.key = seen.key WHERE t.iat IS DISTINCT FROM seen.iat))`,
    `changed AS (${changeOf()})`,
  ];
  if (record === "gone") {
    parts.push(`gone AS (DELETE FROM ${schema}.successor s USING changed WHERE s.key = changed.key)`);
  } else if (drop.length > 0) {
    const slots = parameter(drop, "integer[]");
    parts.push(
      `dropped AS (DELETE FROM ${schema}.successor s USING changed WHERE s.key = changed.key AND s.slot = ANY (${slots}))`,
    );
  }
  if (put.size > 0) {
    const rows = `unnest(${parameter([...put.keys()], "integer[]")}, ${parameter([...put.values()], "text[]")})`;
    parts.push(`put AS (INSERT INTO ${schema}.successor AS s (key, slot, sealed)
      SELECT changed.key, p.slot, p.sealed FROM changed, ${rows} AS p (slot, sealed)
      ON CONFLICT (key, slot) DO UPDATE SET sealed = excluded.sealed)`);
  }
  if (tombstone !== undefined) {
    const { key: name, iat, keepUntil } = tombstone;
    parts.push(`entombed AS (INSERT INTO ${schema}.tombstone AS t (key, iat, keep_until)
      SELECT ${parameter(name, "text")}, ${parameter(iat, "bigint")}, ${parameter(Math.ceil(keepUntil), "bigint")} FROM changed
      ON CONFLICT (key) DO UPDATE SET iat = greatest(t.iat, excluded.iat), keep_until = greatest(t.keep_until, excluded.keep_until))`);
  }
  if (endings.length > 0) {
    const bodies = parameter(
      endings.map(({ text }) => text),
      "text[]",
    );
    const lives = parameter(
      endings.map(({ keepUntil }) => Math.ceil(keepUntil)),
      "bigint[]",
    );
    parts.push(`ended AS (INSERT INTO ${schema}.ending (body, keep_until)
      SELECT e.body, e.keep_until FROM changed, unnest(${bodies}, ${lives}) AS e (body, keep_until))`);
  }
  const result = endings.length > 0 ? `pg_notify(${parameter(channelOf(schema), "text")}, '')` : "1";
  return { text: `WITH ${parts.join(",\n")}\nSELECT ${result} FROM changed`, values };

  function changeOf(): string {
    const expected = (): string => parameter(look.version, "bigint");
    if (record === undefined) return `SELECT ${key} AS key FROM same`;
    if (record === "gone") {
      return look.version === undefined
        ? `SELECT ${key} AS key FROM same`
        : `DELETE FROM ${schema}.record r USING same WHERE r.key = ${key} AND r.version = ${expected()} RETURNING r.key`;
    }
    const [body, keepUntil] = [parameter(record.body, "text"), parameter(record.keepUntil, "bigint")];
    return look.version === undefined
      ? `INSERT INTO ${schema}.record AS r (key, version, body, keep_until)
          SELECT ${key}, ${VERSION}, ${body}, ${keepUntil} FROM same ON CONFLICT (key) DO NOTHING RETURNING r.key`
      : `UPDATE ${schema}.record r SET version = greatest(${VERSION}, r.version + 1), body = ${body}, keep_until = ${keepUntil}
          FROM same WHERE r.key = ${key} AND r.version = ${expected()} RETURNING r.key`;
  }
}

export function versionsStatement(schema: string, keys: readonly string[]): PostgresStatement {
  const text = `SELECT key, version::text AS version FROM ${schema}.record WHERE key = ANY ($1::text[])`;
  return { text, values: [keys] };
}

/** Where a look at the endings begins: all of later transactions, and of this one those with a later number. */
export interface EndingsCursor {
  readonly tx: string;
  readonly seq: string;
}

/**
 * Endings from there on, at least one row.
 *
 * `horizon` is the oldest transaction that hadn't ended at that moment: whatever becomes visible later isn't older.
 */
export function endingsStatement(
  schema: string,
  { tx, seq }: EndingsCursor,
  limit: number,
): PostgresStatement {
  const text = `SELECT clock.now::text AS now, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, e.tx::text AS tx, e.seq::text AS seq, e.body
  FROM (SELECT ${NOW} AS now) clock LEFT JOIN ${schema}.ending e
    ON (e.tx, e.seq) > ($1::text::xid8, $2::bigint) AND e.keep_until > clock.now
  ORDER BY e.tx, e.seq LIMIT $3::integer`;
  return { text, values: [tx, seq, limit] };
}

/** Takes away at most `limit` of what has outlived its time, of each kind; `most`: how many there were of the most frequent. */
export function sweepStatement(schema: string, limit: number): PostgresStatement {
  const outlived = (table: string, column: string): string =>
    `DELETE FROM ${schema}.${table} o WHERE o.keep_until <= ${NOW}
      AND o.${column} IN (SELECT ${column} FROM ${schema}.${table} WHERE keep_until <= ${NOW} LIMIT $1::integer)`;
  const text = `WITH gone AS (${outlived("record", "key")} RETURNING o.key),
    sealed AS (DELETE FROM ${schema}.successor s USING gone WHERE s.key = gone.key),
    tombstones AS (${outlived("tombstone", "key")} RETURNING 1),
    endings AS (${outlived("ending", "seq")} RETURNING 1)
  SELECT greatest((SELECT count(*) FROM gone), (SELECT count(*) FROM tombstones), (SELECT count(*) FROM endings))::text AS most`;
  return { text, values: [limit] };
}

export function statsStatement(schema: string): PostgresStatement {
  const count = (table: string): string =>
    `(SELECT count(*)::text FROM ${schema}.${table} WHERE keep_until > ${NOW})`;
  return { text: `SELECT ${count("record")} AS records, ${count("tombstone")} AS tombstones`, values: [] };
}

/** On which everyone hears that something has ended. */
export function channelOf(schema: string): string {
  return `${schema}_endings`;
}
