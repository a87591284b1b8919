import { findRedisServer, startRedisServer } from "@coatcheck/testkit/node";

/** A Redis of one's own on a free loopback port, which keeps what it acknowledged (`appendfsync always`). */
export interface RedisProcess {
  readonly url: string;
  /** Ends it and starts it again on the same port, with its data. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  stop(): Promise<void>;
}

const KEEPING = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];

/** @throws {Error} if `redis-server` isn't on the PATH or doesn't start */
export async function startRedisProcess(): Promise<RedisProcess> {
  const file = await findRedisServer(process.env["PATH"]);
  if (file === undefined) throw new Error("redis-server can't be started: is it on the PATH?");
  const server = await startRedisServer(file, KEEPING);
  return { url: server.url, restart: (signal) => server.restart({ signal }), stop: () => server.stop() };
}
