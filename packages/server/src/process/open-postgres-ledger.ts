import { revealSecret, type Secret } from "@coatcheck/bff/config";
import { TokensError } from "@coatcheck/tokens";
import { createPostgresLedger } from "@coatcheck/tokens/postgres";
import { Pool } from "pg";
import { explainPostgres } from "../postgres/explain-postgres.ts";
import { watchPool } from "../postgres/watch-pool.ts";
import { ServerError } from "../server-error.ts";
import { createConnectionReports } from "./connection-reports.ts";
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
