/**
 * A ledger for all processes of one machine.
 *
 * @example
 * ```ts
 * return createSqliteLedger({ file: place.file });
 * ```
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as immediately } from "node:timers/promises";
import { LEDGER_CALL_MS, type Ending, type Ledger } from "../ledger.ts";
import { createRecordLedger, type RecordStore, type StoreTransaction } from "../record-ledger.ts";
import { SYSTEM_TIMERS } from "../../timer-ports.ts";
import { TokensError } from "../../tokens-error.ts";
import { createRecordListeners } from "../record-listeners.ts";
import { createSqliteTables, ENDINGS_PAGE, SQLITE_SCHEMA } from "../sqlite-tables.ts";
import { createJournalSync } from "./journal-sync.ts";

export interface SqliteLedgerOptions {
  /** The file, shared by all processes of this machine; made with mode 0600 if it isn't there. Not on a network drive. */
  readonly file: string;
  /** Milliseconds since the epoch: one clock for all processes that share the file. Default: the system's. */
  readonly nowMs?: () => number;
}

const SCHEMA_VERSION = 1;
/** What one attempt blocks this process for when another holds the write lock; after that it waits without blocking. */
const BUSY_MS = 10;
const BUSY_PAUSE_MS = 4;
const SWEEP_EVERY_MS = 30_000;
const SWEEP_BATCH = 500;
const ENDINGS_LOOK_MS = 250;
const WAIT_LOOK_FIRST_MS = 4;
const WAIT_LOOK_MAX_MS = 50;
const SQLITE_BUSY = 5;

interface Watcher {
  readonly onEnding: (ending: Ending) => void;
  readonly onHealth: (isUp: boolean) => void;
  cursor: number;
}

/**
 * A ledger in a SQLite file: for all processes of one machine, kept over restarts and deploys.
 *
 * A success is in the write-ahead log before any process can see it, so it survives the end of any of them, and the log is
 * on the disk before the leader hands the new grant to anyone, so it survives a loss of power. Claims and leases mean
 * nothing after that and don't wait for the disk.
 *
 * @throws {TokensError} `ledger_misconfigured` if the file can't be opened, or is of a newer version
 */
export function createSqliteLedger(options: SqliteLedgerOptions): Ledger {
  const nowMs = options.nowMs ?? Date.now;
  const database = openDatabase(options.file);
  const tables = createSqliteTables(database);
  const journal = createJournalSync(options.file);
  const dataVersion = database.prepare("PRAGMA data_version");
  const listeners = createRecordListeners();
  const watchers = new Set<Watcher>();
  let isClosed = false;
  let seenVersion = versionOfOthers();
  let lookTimer: ReturnType<typeof setTimeout> | undefined;
  let lookMs = WAIT_LOOK_FIRST_MS;
  const sweepTimer = setInterval(() => {
    // Busy or closed: what has outlived its time isn't seen by anyone, and is swept the next time.
    sweep().catch(() => undefined);
  }, SWEEP_EVERY_MS);
  sweepTimer.unref();

  /** Changes with every commit of another connection. */
  function versionOfOthers(): unknown {
    return dataVersion.get()?.["data_version"];
  }

  async function transact<T>(begin: "BEGIN" | "BEGIN IMMEDIATE", work: () => T): Promise<T> {
    const giveUpAt = performance.now() + LEDGER_CALL_MS - 100;
    for (;;) {
      if (isClosed) throw new TokensError("ledger_closed", "the ledger is closed");
      try {
        return attempt(begin, work);
      } catch (error) {
        if (error instanceof TokensError) throw error;
        if (!isSqliteError(error)) {
          throw new TokensError("record_unreadable", "a record can't be read", { cause: error });
        }
        if (!isBusy(error) || performance.now() > giveUpAt) {
          throw new TokensError("ledger_unreachable", "the ledger's file can't be used", { cause: error });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS * (0.5 + Math.random())));
    }
  }

  function attempt<T>(begin: string, work: () => T): T {
    database.exec(begin);
    try {
      const value = work();
      database.exec("COMMIT");
      return value;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }

  async function change<T>(mustBeDurable: boolean, work: (tables: StoreTransaction) => T): Promise<T> {
    const keys = new Set<string>();
    let endings: Ending[] = [];
    const value = await transact("BEGIN IMMEDIATE", () => {
      endings = [];
      return work({
        ...tables,
        now: nowMs(),
        putRecord(key, record) {
          keys.add(key);
          tables.putRecord(key, record);
        },
        notify(ending, keepUntil) {
          endings.push(ending);
          tables.notify(ending, keepUntil);
        },
      });
    });
    // Own steps don't change the version that `look` goes by.
    for (const key of keys) listeners.call(key);
    for (const ending of endings) for (const watcher of watchers) watcher.onEnding(ending);
    // Also where nothing changed: this may repeat a step whose sync had failed.
    if (mustBeDurable) await flush();
    return value;
  }

  async function flush(): Promise<void> {
    try {
      await journal.flush();
    } catch (error) {
      throw new TokensError("ledger_unreachable", "the ledger's journal can't be synced", { cause: error });
    }
  }

  /** One timer for everyone who waits: a look at the version costs some microseconds. */
  function schedule(): void {
    clearTimeout(lookTimer);
    const isWaiting = !listeners.isEmpty();
    if (isClosed || (!isWaiting && watchers.size === 0)) return;
    lookTimer = setTimeout(look, isWaiting ? lookMs : ENDINGS_LOOK_MS);
    if (!isWaiting) lookTimer.unref();
  }

  function look(): void {
    try {
      const version = versionOfOthers();
      if (version !== seenVersion) {
        seenVersion = version;
        listeners.callAll();
        for (const watcher of watchers) while (deliverPage(watcher));
        for (const { onHealth } of watchers) onHealth(true);
      }
    } catch {
      // A file that can't be read now is looked at again; whoever waits has a bound of its own.
      seenVersion = undefined;
      for (const { onHealth } of watchers) onHealth(false);
    }
    lookMs = Math.min(lookMs * 1.25, WAIT_LOOK_MAX_MS);
    schedule();
  }

  /** @returns there may be more */
  function deliverPage(watcher: Watcher): boolean {
    const page = tables.endingsAfter(watcher.cursor, nowMs());
    for (const { seq, ending } of page) {
      watcher.cursor = seq;
      watcher.onEnding(ending);
    }
    return page.length === ENDINGS_PAGE;
  }

  async function sweep(): Promise<void> {
    while (await change(false, () => tables.sweep(nowMs(), SWEEP_BATCH)));
  }

  const store: RecordStore = {
    outlivesProcess: true,
    look: (_at, work) => transact("BEGIN", () => work({ ...tables, now: nowMs() })),
    change: (_at, isDurable, work) => change(isDurable, work),
    onChange(key, callBack) {
      const stop = listeners.listen(key, callBack);
      lookMs = WAIT_LOOK_FIRST_MS;
      schedule();
      return stop;
    },
    watchEndings(onEnding, onHealth = () => undefined) {
      const watcher: Watcher = { onEnding, onHealth, cursor: 0 };
      async function catchUp(): Promise<void> {
        for (;;) {
          if (isClosed) return;
          try {
            // Whoever waits for this process meanwhile has a turn after each page.
            while (await transact("BEGIN", () => deliverPage(watcher))) await immediately();
            return;
          } catch {
            // Not readable yet; the caller waits for as long as that takes.
            await new Promise((resolve) => setTimeout(resolve, ENDINGS_LOOK_MS));
          }
        }
      }
      watchers.add(watcher);
      schedule();
      return { ready: catchUp(), stop: () => void watchers.delete(watcher) };
    },
    stats: () => transact("BEGIN", () => tables.count(nowMs())),
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(sweepTimer);
      clearTimeout(lookTimer);
      watchers.clear();
      listeners.callAll();
      await journal.close();
      database.close();
    },
  };
  return createRecordLedger(store, SYSTEM_TIMERS);
}

function openDatabase(file: string): DatabaseSync {
  try {
    // SQLite would make it readable for everyone.
    closeSync(openSync(file, "a", 0o600));
    const database = new DatabaseSync(file, { timeout: BUSY_MS * 100 });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const version = prepareSchema(database);
    if (version !== SCHEMA_VERSION) {
      database.close();
      throw new TokensError(
        "ledger_misconfigured",
        `${file} is of version ${version}, this is for ${SCHEMA_VERSION}`,
      );
    }
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return database;
  } catch (error) {
    if (error instanceof TokensError) throw error;
    throw new TokensError("ledger_misconfigured", `the ledger's file ${file} can't be opened`, {
      cause: error,
    });
  }
}

/** Makes the tables in an empty file. @returns the version that the file has */
function prepareSchema(database: DatabaseSync): number {
  database.exec("BEGIN IMMEDIATE");
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  // Also where the tables are there: an older file may lack an index.
  if (version === 0 || version === SCHEMA_VERSION)
    database.exec(`${SQLITE_SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
  database.exec("COMMIT");
  return version === 0 ? SCHEMA_VERSION : version;
}

function isSqliteError(error: unknown): error is Error & { readonly errcode: unknown } {
  return error instanceof Error && "errcode" in error;
}

function isBusy(error: Error & { readonly errcode: unknown }): boolean {
  return (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
