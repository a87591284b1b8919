/**
 * A ledger for many machines, in the database that an application has already.
 *
 * @example
 * ```ts
 * if ("pool" in place) return createPostgresLedger({ pool: place.pool });
 * ```
 *
 * @module
 */
export { createPostgresLedger, type PostgresLedgerOptions } from "./postgres-ledger.ts";
export type { PostgresClient, PostgresPool } from "./postgres-connection.ts";
export { postgresLedgerGrants, postgresLedgerSchema } from "./postgres-schema.ts";
