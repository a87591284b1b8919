import { findPostgres, startPostgres } from "@coatcheck/testkit/node";

/** A PostgreSQL of one's own on a free loopback port, which keeps what it acknowledged. */
export interface PostgresProcess {
  readonly url: string;
  /** Ends it and starts it again on the same port, with its data. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
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
    stop: () => server.stop(),
  };
}
