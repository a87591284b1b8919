import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createSqliteTables, SQLITE_SCHEMA } from "./sqlite-tables.ts";

const COUNT = 1_200;
const LIMIT = 500;

describe("the ledger's tables in SQLite", () => {
  const kinds = ["records", "tombstones", "endings"] as const;
  it.each(kinds)("are rid of all %s that have outlived their time, in batches", (kind) => {
    const database = new DatabaseSync(":memory:");
    database.exec(SQLITE_SCHEMA);
    const tables = createSqliteTables(database);
    for (let index = 0; index < COUNT; index += 1) {
      const key = `key-${index}`;
      if (kind === "records")
        tables.putRecord(key, { highestSpent: 0, highestShown: 0, keepUntil: 1, entries: {} });
      if (kind === "tombstones") tables.putTombstone(key, { iat: 1, keepUntil: 1 });
      if (kind === "endings") tables.notify({ kind: "tombstone", key, iat: 1, keepMs: 1 }, 1);
    }
    let batches = 1;
    while (tables.sweep(2, LIMIT)) batches += 1;
    const left = database.prepare(
      "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM tombstone) + (SELECT count(*) FROM ending) AS n",
    );
    expect(left.get()).toEqual({ n: 0 });
    expect(batches).toBe(3);
    database.close();
  });
});
