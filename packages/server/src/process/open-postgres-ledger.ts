import { revealSecret, type Secret } from "@coatcheck/bff/config";
import { TokensError } from "@coatcheck/tokens";
import { createPostgresLedger } from "@coatcheck/tokens/postgres";
import { Pool, type PoolClient } from "pg";
import { ServerError } from "../server-error.ts";
import { createConnectionReports, type ConnectionReports } from "./connection-reports.ts";
import { explainPostgres } from "./explain-postgres.ts";
import type { Shared } from "./open-ledger.ts";
import type { WriteLog } from "./write-log.ts";

const CONNECT_WITHIN_MS = 4_000;
/** A step takes two round trips of a millisecond or so: ten connections make some thousand steps a second. */
const MAX_CONNECTIONS = 10;

/**
 * Opens the ledger in PostgreSQL, on a pool of its own whose connections come back by themselves.
 *
 * @throws {ServerError} `ledger_unusable`: not reachable now, too old, or without tables and the right to make them
 */
export async function openPostgresLedger(url: string | Secret, log: WriteLog): Promise<Shared> {
  const pool = createPool(url);
  watchPool(pool, createConnectionReports(log));
  try {
    const ledger = await createPostgresLedger({ pool });
    return {
      ledger: {
        ...ledger,
        async close() {
          await ledger.close();
          if (!pool.ending) await pool.end();
        },
      },
      renew({ ledgerPostgresUrl }) {
        if (ledgerPostgresUrl !== undefined) pool.options.connectionString = revealSecret(ledgerPostgresUrl);
      },
    };
  } catch (cause) {
    await pool.end();
    const isMisconfigured = cause instanceof TokensError && cause.code === "ledger_misconfigured";
    const [problem, fix] = isMisconfigured
      ? ["The PostgreSQL of LEDGER_POSTGRES_URL can't hold the ledger", `${cause.message}.`]
      : explainPostgres(revealSecret(url), cause);
    throw new ServerError("ledger_unusable", problem, fix, { cause });
  }
}

/**
 * The pool tells by `error` of connections that nobody uses only; of one in use its user hears, and the pool when it is given
 * back. It is over when the database has answered on a connection that was taken after the loss.
 */
function watchPool(pool: Pool, reports: ConnectionReports): void {
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

/** Whether the database said no, and goes on: not by the classes of lost connections (08) and of its own end (57P). */
function isAnswer(error: Error): boolean {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return /^(?!08|57P)[\dA-Z]{5}$/u.test(code);
}

function createPool(url: string | Secret): Pool {
  return new Pool({
    connectionString: revealSecret(url),
    application_name: "coatcheck",
    max: MAX_CONNECTIONS,
    // Whoever waits for longer has been told so: a step that runs afterwards would take a claim for nobody.
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
  });
}
