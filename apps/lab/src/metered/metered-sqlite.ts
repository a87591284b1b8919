import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import type { MeteredStore } from "./metered-store.ts";

/** Looks whether another process has written: a word in shared memory. */
const LOOK = /^\s*PRAGMA/iu;

interface MeteredSqlite extends MeteredStore {
  /** Rows that sessions take up now. */
  records(): number;
}

/** A file: its commands are the statements, beginnings and ends of transactions included, and run in this process. */
export async function openMeteredSqlite(nowMs = Date.now): Promise<MeteredSqlite> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-metered-"));
  const file = join(folder, "ledger.sqlite");
  const database = new DatabaseSync(file, { timeout: 5_000 });
  let commands = 0;
  const restore = countStatements((sql) => {
    if (!LOOK.test(sql)) commands += 1;
  });
  return {
    openLedger: () => Promise.resolve(createSqliteLedger({ file, nowMs })),
    read: () =>
      Promise.resolve({
        roundTrips: 0,
        commands,
        bytesToStore: 0,
        bytesFromStore: 0,
        // Its work is the instance's own.
        cpuSeconds: 0,
        logBytes: statSync(`${file}-wal`).size,
      }),
    dataBytes() {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return Promise.resolve(statSync(file).size);
    },
    records() {
      const rows = "(SELECT count(*) FROM record) + (SELECT count(*) FROM successor)";
      return Number(database.prepare(`SELECT ${rows} AS n`).get()?.["n"]);
    },
    async close() {
      restore();
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Methods = Record<string, (this: object, ...values: unknown[]) => unknown>;

/** Of all databases of this process. @returns stops it */
function countStatements(count: (sql: string) => void): () => void {
  const restores = [
    wrap(DatabaseSync.prototype, ["exec"], (_database, [sql]) => count(String(sql))),
    wrap(StatementSync.prototype, ["run", "get", "all", "iterate"], (statement) =>
      count((statement as StatementSync).sourceSQL),
    ),
  ];
  return () => {
    for (const restore of restores) restore();
  };
}

function wrap(
  prototype: object,
  names: readonly string[],
  before: (self: object, values: readonly unknown[]) => void,
): () => void {
  const methods = prototype as Methods;
  const originals = names.map((name) => [name, methods[name]] as const);
  for (const [name, original] of originals) {
    methods[name] = function counted(...values) {
      before(this, values);
      return original?.apply(this, values);
    };
  }
  return () => {
    for (const [name, original] of originals) if (original !== undefined) methods[name] = original;
  };
}
