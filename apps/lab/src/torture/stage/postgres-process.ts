import { findPostgres, startPostgres } from "@coatcheck/testkit/node";
import { Client } from "pg";
import { sleep } from "./sleep.ts";

/** A PostgreSQL of one's own on a free loopback port, which keeps what it acknowledged. */
export interface PostgresProcess {
  readonly url: string;
  /** Ends it and starts it again on the same port, with its data. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Takes no writes for so long, as hosted ones do when there is no room left on their disk. */
  refuseWrites(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** @throws {Error} if there is no PostgreSQL on this machine, or it doesn't start */
export async function startPostgresProcess(): Promise<PostgresProcess> {
  const folder = await findPostgres(process.env["PATH"]);
  if (folder === undefined) throw new Error("postgres can't be started: is it on the PATH?");
  const server = await startPostgres(folder);
  return {
    url: server.url,
    // Its own SIGTERM waits for the last client to go, which never comes.
    restart: (signal) => server.restart(signal === "SIGTERM" ? "SIGINT" : signal),
    async refuseWrites(seconds) {
      await setReadOnly(server.url, true);
      await sleep(seconds * 1_000);
      await setReadOnly(server.url, false);
    },
    stop: () => server.stop(),
  };
}

async function setReadOnly(url: string, isReadOnly: boolean): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${isReadOnly ? "on" : "off"}`);
    await client.query("SELECT pg_reload_conf()");
  } finally {
    await client.end();
  }
}
