import { Client, DatabaseError, Pool, type PoolClient } from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { createConnectionReports } from "../process/connection-reports.ts";
import { watchPool } from "./watch-pool.ts";

const pools: Pool[] = [];
/** The pool gives nothing where all went well, whatever its types say. */
const NO_ERROR: unknown = undefined;
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

/** Nothing is connected: the pool's own events are what is heard. */
function watched() {
  const events: string[] = [];
  const pool = new Pool();
  pools.push(pool);
  watchPool(
    pool,
    createConnectionReports(({ event }) => void events.push(event)),
  );
  const connection = (): PoolClient => Object.assign(new Client(), { release: () => undefined });
  return { pool, events, connection };
}

function ofSystem(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code });
}

function ofDatabase(code: string): Error {
  return Object.assign(new DatabaseError("no", 2, "error"), { code });
}

describe("a pool that is watched", () => {
  it.each([
    ["a write to nobody", ofSystem("EPIPE")],
    ["a reset", ofSystem("ECONNRESET")],
    ["a host that is away", ofSystem("EHOSTUNREACH")],
    ["no answer in time", new Error("Query read timeout")],
    ["a failure of the connection", ofDatabase("08006")],
    ["an administrator", ofDatabase("57P01")],
    ["a start", ofDatabase("57P03")],
  ])("says by a connection in use that it is lost, and that it is back: %s", (_, error) => {
    const { pool, events, connection } = watched();
    const [one, other] = [connection(), connection()];
    pool.emit("acquire", one);
    pool.emit("acquire", other);
    pool.emit("release", error, one);
    pool.emit("release", error, one);
    expect(events).toEqual(["ledger_connection_lost"]);
    // It was asked before the loss: what it says is no sign of life.
    pool.emit("release", NO_ERROR, other);
    expect(events).toEqual(["ledger_connection_lost"]);
    pool.emit("acquire", other);
    pool.emit("release", NO_ERROR, other);
    expect(events).toEqual(["ledger_connection_lost", "ledger_connection_back"]);
  });

  it.each([
    ["somebody else's step", ofDatabase("40001")],
    ["a deadlock", ofDatabase("40P01")],
    ["a table that isn't there", ofDatabase("42P01")],
    ["a database that takes no writes", ofDatabase("25006")],
    ["a call that was given up", ofDatabase("57014")],
  ])("says nothing where the database refuses and goes on: %s", (_, error) => {
    const { pool, events, connection } = watched();
    const one = connection();
    pool.emit("acquire", one);
    pool.emit("release", error, one);
    expect(events).toEqual([]);
  });
});
