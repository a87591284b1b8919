import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import type { MeteredStore } from "./metered-store.ts";

/** Looks whether another process has written: a word in shared memory. */
const LOOK = /^\s*PRAGMA/iu;

/** A file: its commands are the statements, beginnings and ends of transactions included, and run in this process. */
export async function openMeteredSqlite(): Promise<MeteredStore> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-metered-"));
  const file = join(folder, "ledger.sqlite");
  let commands = 0;
  const restore = countStatements((sql) => {
    if (!LOOK.test(sql)) commands += 1;
  });
  return {
    openLedger: () => Promise.resolve(createSqliteLedger({ file })),
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
      const database = new DatabaseSync(file);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
      return Promise.resolve(statSync(file).size);
    },
    async close() {
      restore();
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
