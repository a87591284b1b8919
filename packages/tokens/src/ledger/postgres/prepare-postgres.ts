import { TokensError } from "../../tokens-error.ts";
import { sqlStateOf, type PostgresConnection } from "./postgres-connection.ts";
import { POSTGRES_SCHEMA_VERSION, postgresLedgerSchema } from "./postgres-schema.ts";

const OLDEST = 130_000;
const UNDEFINED_TABLE = "42P01";
const INSUFFICIENT_PRIVILEGE = "42501";
const READ_ONLY = "25006";
/** Anything; the same for all processes, so that they make the tables one after the other. */
const SCHEMA_LOCK = 4_127_003_981;

/**
 * Checks that this database can hold a ledger, and makes the tables where there are none.
 *
 * @throws {TokensError} `ledger_misconfigured` with what to change: the version, the tables, the rights; `ledger_unreachable`
 */
export async function preparePostgres(connection: PostgresConnection, schema: string): Promise<void> {
  const [server] = await connection.query({ text: "SHOW server_version_num", values: [] });
  const version = Number(server?.["server_version_num"]);
  if (!(version >= OLDEST)) {
    throw new TokensError(
      "ledger_misconfigured",
      `the ledger needs PostgreSQL ${OLDEST / 10_000} or later, this is ${Math.floor(version / 10_000)}`,
    );
  }
  const found = await versionOf(connection, schema);
  if (found === undefined) await makeTables(connection, schema);
  else if (found !== POSTGRES_SCHEMA_VERSION) {
    throw new TokensError(
      "ledger_misconfigured",
      `the tables in ${schema} are of version ${found}, this is for ${POSTGRES_SCHEMA_VERSION}`,
    );
  }
  await tryRights(connection, schema);
}

/** @returns `undefined`: there are no tables */
async function versionOf(connection: PostgresConnection, schema: string): Promise<number | undefined> {
  try {
    const text = `SELECT max(version) AS version FROM ${schema}.ledger_version`;
    const [row] = await connection.query({ text, values: [] });
    return Number(row?.["version"]);
  } catch (error) {
    if (sqlStateOf(error) === UNDEFINED_TABLE) return undefined;
    throw explained(error, schema);
  }
}

async function makeTables(connection: PostgresConnection, schema: string): Promise<void> {
  try {
    // Without parameters, all of it is one transaction.
    const lock = `SELECT pg_advisory_xact_lock(${SCHEMA_LOCK});\n`;
    await connection.query({ text: lock + postgresLedgerSchema(schema), values: [] });
  } catch (error) {
    throw explained(error, schema);
  }
}

/** Without this, a right that is missing would show at the first refresh. */
async function tryRights(connection: PostgresConnection, schema: string): Promise<void> {
  const tables = ["record", "successor", "tombstone", "ending"].map((table) => `${schema}.${table}`);
  const text = `SELECT name, right_ FROM unnest($1::text[]) AS name, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_
    WHERE NOT has_table_privilege(name, right_)`;
  const missing = await connection.query({ text, values: [tables] });
  if (missing.length === 0) return;
  const list = missing.map((row) => `${String(row["right_"])} on ${String(row["name"])}`).join(", ");
  throw new TokensError("ledger_misconfigured", `the database gives no right to ${list}: ${FIX}`);
}

const FIX = "let its owner run what `coatcheck ledger-schema` prints, with the rights at its end";

function explained(error: unknown, schema: string): unknown {
  const state = sqlStateOf(error);
  if (state === INSUFFICIENT_PRIVILEGE)
    return new TokensError("ledger_misconfigured", `the tables in ${schema} can't be made or read: ${FIX}`, {
      cause: error,
    });
  if (state === READ_ONLY)
    return new TokensError("ledger_misconfigured", "this database is read-only, and has no tables yet", {
      cause: error,
    });
  return error;
}
