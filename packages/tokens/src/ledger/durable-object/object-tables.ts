import { TokensError } from "../../tokens-error.ts";
import { createSqliteTables, SQLITE_SCHEMA, type SqlDatabase, type SqliteTables } from "../sqlite-tables.ts";

type SqlValue = string | number | null;

/** What this needs of a Durable Object's state, by structure: an object with SQLite storage has it. */
export interface LedgerObjectState {
  readonly storage: {
    readonly sql: {
      exec(
        statement: string,
        ...values: SqlValue[]
      ): { toArray(): readonly Readonly<Record<string, unknown>>[] };
    };
    transactionSync<T>(work: () => T): T;
    getAlarm(): Promise<number | null>;
    setAlarm(atMs: number): Promise<void>;
  };
}

/** The ledger's tables in an object's own SQLite. */
export function createObjectTables({ storage }: LedgerObjectState): SqliteTables {
  function run(statement: string, values: readonly SqlValue[]) {
    try {
      return storage.sql.exec(statement, ...values).toArray();
    } catch (cause) {
      throw new TokensError("ledger_unreachable", "the object's storage refuses", { cause });
    }
  }
  const database: SqlDatabase = {
    prepare: (statement) => ({
      get: (...values) => run(statement, values)[0],
      all: (...values) => run(statement, values),
      run: (...values) => run(statement, values),
    }),
  };
  run(SQLITE_SCHEMA, []);
  return createSqliteTables(database);
}
