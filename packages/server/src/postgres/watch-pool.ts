import { DatabaseError, type Pool, type PoolClient } from "pg";
import type { ConnectionReports } from "../process/connection-reports.ts";

/**
 * Hears of lost connections wherever they are. The pool tells by `error` of those that nobody uses only; of one in use its user
 * hears, and the pool when it is given back. It is over when the database has answered on a connection that was taken after the
 * loss.
 */
export function watchPool(pool: Pool, reports: ConnectionReports): void {
  let takenSince = new WeakSet<PoolClient>();
  function lost(error: Error): void {
    takenSince = new WeakSet();
    reports.lost(error);
  }
  pool.on("error", lost);
  pool.on("acquire", (client) => void takenSince.add(client));
  pool.on("release", (error: unknown, client) => {
    if (error instanceof Error) {
      if (!isAnswer(error)) lost(error);
    } else if (error !== true && takenSince.has(client)) reports.back();
  });
}

/** Whether the database said no, and goes on: all but lost connections (08) and its own end (57P). @see PostgreSQL, appendix A */
function isAnswer(error: Error): boolean {
  return error instanceof DatabaseError && !/^(?:08|57P)/u.test(error.code ?? "");
}
