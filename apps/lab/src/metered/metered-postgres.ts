import { createPostgresLedger } from "@coatcheck/tokens/postgres";
import { findPostgres, startPostgres } from "@coatcheck/testkit/node";
import { Client, Pool } from "pg";
import { cpuSeconds, treeOf } from "../bench/process-tree.ts";
import type { MeteredStore } from "./metered-store.ts";

const POOL_SIZE = 10;

/** @throws {Error} if there is no PostgreSQL on this machine */
export async function openMeteredPostgres(): Promise<MeteredStore> {
  const folder = await findPostgres(process.env["PATH"]);
  if (folder === undefined) throw new Error("postgres can't be started: is it on the PATH?");
  const server = await startPostgres(folder);
  const admin = new Client(server.url);
  await admin.connect();
  const first = Number((await valueOf("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")) ?? 0);
  const pools: Pool[] = [];
  const sockets = new Set<{ readonly bytesRead: number; readonly bytesWritten: number }>();
  let queries = 0;

  async function valueOf(sql: string): Promise<unknown> {
    const { rows } = await admin.query({ text: `SELECT (${sql})::text AS value` });
    return (rows as readonly { readonly value: unknown }[])[0]?.value;
  }

  function sumOf(name: "bytesRead" | "bytesWritten"): number {
    return [...sockets].reduce((sum, socket) => sum + socket[name], 0);
  }

  return {
    async openLedger() {
      const pool = new Pool({ connectionString: server.url, max: POOL_SIZE, idleTimeoutMillis: 0 });
      // Its connections may still be ending while the server stops.
      pool.on("error", () => undefined);
      pools.push(pool);
      pool.on("connect", (client) => {
        const { connection } = client as unknown as {
          readonly connection: { readonly stream: { bytesRead: number; bytesWritten: number } };
        };
        sockets.add(connection.stream);
      });
      return createPostgresLedger({
        pool: {
          options: { max: POOL_SIZE },
          connect: () => pool.connect(),
          query(config) {
            queries += 1;
            return pool.query(config);
          },
        },
      });
    },
    async read() {
      return {
        roundTrips: queries,
        // Each message is one statement.
        commands: queries,
        bytesToStore: sumOf("bytesWritten"),
        bytesFromStore: sumOf("bytesRead"),
        cpuSeconds: cpuSeconds(treeOf([first])),
        logBytes: Number(await valueOf("SELECT pg_current_wal_lsn() - '0/0'")),
      };
    },
    async dataBytes() {
      return Number(
        await valueOf(
          "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'coatcheck' AND c.relkind = 'r'",
        ),
      );
    },
    async close() {
      await admin.end();
      for (const pool of pools) await pool.end();
      await server.stop();
    },
  };
}
