import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { runBuffered } from "../buffered-step.ts";
import type { Ending, Ledger, RecordAddress } from "../ledger.ts";
import { createPolledChanges } from "../polled-changes.ts";
import { createPolledEndings, unref, type DeliverEndings } from "../polled-endings.ts";
import { createRecordLedger, type RecordStore, type StoreTransaction } from "../record-ledger.ts";
import { createStepQueue } from "../step-queue.ts";
import { listenForEndings } from "./ending-calls.ts";
import { createPostgresConnection, sqlStateOf, type PostgresPool } from "./postgres-connection.ts";
import { checkSchemaName, DEFAULT_POSTGRES_SCHEMA } from "./postgres-schema.ts";
import {
  commitStatement,
  endingsStatement,
  loadStatement,
  readLook,
  statsStatement,
  sweepStatement,
  versionsStatement,
} from "./postgres-statements.ts";
import { preparePostgres } from "./prepare-postgres.ts";

export interface PostgresLedgerOptions {
  /** A `Pool` of `pg`, with a listener to its `error`. The ledger doesn't end it. One of its connections is kept for hearing of endings. */
  readonly pool: PostgresPool;
  /** Where its tables are, apart from everything else. Default `coatcheck`. */
  readonly schema?: string;
}

const SWEEP_EVERY_MS = 30_000;
const SWEEP_BATCH = 500;
const ENDINGS_BATCH = 500;
/** Somebody else's step came between, in a database whose transactions are serializable by default, or of a sweep. */
const TRY_AGAIN: ReadonlySet<string | undefined> = new Set(["40001", "40P01"]);

/**
 * A ledger in PostgreSQL, 13 or later: for many machines. It makes its tables where there are none (`postgresLedgerSchema` is
 * what it would run).
 *
 * The database counts the time. A step is a look and one statement that writes only what nobody has changed since, so that a
 * connection that is lost leaves nothing half done. Every step waits for the disk as the database is set up to; one with
 * `synchronous_commit = off`, or that fails over to a replica that lags, may lose sessions that were refreshed just before.
 *
 * @throws {TokensError} `ledger_misconfigured` (version, tables, rights) or `ledger_unreachable`
 */
export async function createPostgresLedger(options: PostgresLedgerOptions): Promise<Ledger> {
  const { pool, schema = DEFAULT_POSTGRES_SCHEMA } = options;
  checkSchemaName(schema);
  const connection = createPostgresConnection(pool);
  await preparePostgres(connection, schema);

  const changes = createPolledChanges(async (keys) => {
    const rows = await connection.query(versionsStatement(schema, keys));
    const versions = new Map(rows.map(({ key, version }) => [String(key), String(version)]));
    return keys.map((key) => versions.get(key) ?? "");
  });
  const endings = createPolledEndings(createDelivery);
  const queue = createStepQueue();
  const calls = listenForEndings(pool, schema, () => endings.lookNow());
  const sweepTimer = setInterval(() => {
    // Out of reach: what has outlived its time isn't seen by anyone, and is swept the next time.
    sweep().catch(() => undefined);
  }, SWEEP_EVERY_MS);
  unref(sweepTimer);

  /**
   * Looks, makes the step, and writes; from the beginning where somebody else has written meanwhile.
   *
   * Steps of this process on one record are made one after the other. Without this, the calls of a page, which all have
   * something to say of its session, would make each other begin anew again and again.
   */
  function change<T>(at: RecordAddress, step: (tables: StoreTransaction) => T): Promise<T> {
    const deadline = connection.newDeadline();
    return queue.run(at, () => transact(at, step, deadline));
  }

  async function transact<T>(
    at: RecordAddress,
    step: (tables: StoreTransaction) => T,
    deadline = connection.newDeadline(),
  ): Promise<T> {
    for (;;) {
      const [row] = await connection.query(loadStatement(schema, at), deadline);
      const look = readLook(row);
      const { answer, writes } = runBuffered(at, look, step);
      if (writes === undefined) return answer;
      try {
        const done = await connection.query(commitStatement(schema, at, look, writes), deadline);
        if (done.length > 0) return answer;
      } catch (error) {
        if (!TRY_AGAIN.has(sqlStateOf(error))) throw error;
      }
    }
  }

  /** Each once, also those of transactions that end in another order than they began in. */
  function createDelivery(): DeliverEndings {
    let from = "0";
    let delivered: ReadonlySet<string> = new Set();
    return async (onEnding) => {
      const seen = new Set<string>();
      let horizon: string | undefined;
      let cursor = { tx: from, seq: "-1" };
      for (let isMore = true; isMore;) {
        const rows = await connection.query(endingsStatement(schema, cursor, ENDINGS_BATCH));
        for (const { tx, seq, body, now, horizon: atLook } of rows) {
          horizon ??= String(atLook);
          if (typeof body !== "string") continue;
          cursor = { tx: String(tx), seq: String(seq) };
          // What is older isn't looked at again.
          if (BigInt(cursor.tx) >= BigInt(horizon)) seen.add(cursor.seq);
          if (delivered.has(cursor.seq)) continue;
          const { keepUntil, ...ending } = JSON.parse(body) as Ending & { readonly keepUntil: number };
          onEnding({ ...ending, keepMs: keepUntil - Number(now) });
        }
        isMore = rows.length === ENDINGS_BATCH;
      }
      from = horizon ?? from;
      delivered = seen;
    };
  }

  async function sweep(): Promise<void> {
    for (;;) {
      const [row] = await connection.query(sweepStatement(schema, SWEEP_BATCH));
      if (Number(row?.["most"]) < SWEEP_BATCH) return;
    }
  }

  const store: RecordStore = {
    outlivesProcess: true,
    change: (at, _isDurable, work) => change(at, work),
    look: (at, work) => transact(at, work),
    onChange: (key, callBack) => changes.listen(key, callBack),
    watchEndings: endings.watch,
    async stats() {
      const [row] = await connection.query(statsStatement(schema));
      return { records: Number(row?.["records"]), tombstones: Number(row?.["tombstones"]) };
    },
    async close() {
      clearInterval(sweepTimer);
      calls.close();
      endings.close();
      connection.close();
      changes.close();
    },
  };
  return createRecordLedger(store, SYSTEM_TIMERS);
}
