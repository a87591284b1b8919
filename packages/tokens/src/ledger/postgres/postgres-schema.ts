import { TokensError } from "../../tokens-error.ts";

/** What the tables are; others are refused. */
export const POSTGRES_SCHEMA_VERSION = 1;
export const DEFAULT_POSTGRES_SCHEMA = "coatcheck";

const NAME = /^[a-z_][a-z\d_]{0,39}$/u;

/** @throws {TokensError} `ledger_misconfigured` for what would have to be quoted */
export function checkSchemaName(schema: string): void {
  if (NAME.test(schema)) return;
  const rule = "a letter, then at most 39 letters, digits and underscores, all lower case";
  throw new TokensError("ledger_misconfigured", `the schema ${JSON.stringify(schema)} isn't a name: ${rule}`);
}

/**
 * The tables of a ledger, as SQL that can be run again and again: for an owner of the database who gives the server no right to
 * make them.
 *
 * Sealed successors lie apart from the record, so that a step writes no more than it changes. `ending.tx` says which endings
 * somebody has seen: numbers of a sequence become visible in another order than they are given out in.
 *
 * @param schema default `coatcheck`
 * @throws {TokensError} `ledger_misconfigured` for a name that would have to be quoted
 */
export function postgresLedgerSchema(schema: string = DEFAULT_POSTGRES_SCHEMA): string {
  checkSchemaName(schema);
  return `CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE IF NOT EXISTS ${schema}.record (
  key text PRIMARY KEY, version bigint NOT NULL, body text NOT NULL, keep_until bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS record_keep_until ON ${schema}.record (keep_until);
CREATE TABLE IF NOT EXISTS ${schema}.successor (
  key text NOT NULL, slot integer NOT NULL, sealed text NOT NULL, PRIMARY KEY (key, slot)
);
CREATE TABLE IF NOT EXISTS ${schema}.tombstone (
  key text PRIMARY KEY, iat bigint NOT NULL, keep_until bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS tombstone_keep_until ON ${schema}.tombstone (keep_until);
CREATE TABLE IF NOT EXISTS ${schema}.ending (
  seq bigint GENERATED ALWAYS AS IDENTITY, tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  body text NOT NULL, keep_until bigint NOT NULL, PRIMARY KEY (tx, seq)
);
CREATE INDEX IF NOT EXISTS ending_keep_until ON ${schema}.ending (keep_until);
CREATE TABLE IF NOT EXISTS ${schema}.ledger_version (version integer PRIMARY KEY);
INSERT INTO ${schema}.ledger_version (version) VALUES (${POSTGRES_SCHEMA_VERSION}) ON CONFLICT DO NOTHING;
`;
}

/** The least rights that a role needs on these tables. @param role the server's, as it is written in SQL */
export function postgresLedgerGrants(role: string, schema: string = DEFAULT_POSTGRES_SCHEMA): string {
  checkSchemaName(schema);
  return `GRANT USAGE ON SCHEMA ${schema} TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ${["record", "successor", "tombstone", "ending"].map((table) => `${schema}.${table}`).join(", ")} TO ${role};
GRANT SELECT ON ${schema}.ledger_version TO ${role};
`;
}
