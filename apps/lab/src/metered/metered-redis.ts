import { createRedisLedger } from "@coatcheck/tokens/redis";
import { findRedisServer, startRedisServer } from "@coatcheck/testkit/node";
import { createClient } from "redis";
import type { MeteredStore } from "./metered-store.ts";

/** As a Redis that keeps sessions is to be run, but for its disk: it writes every second. */
const SETTINGS = ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"];
/** Its size is read, so it mustn't be written anew meanwhile. */
const GROWING_LOG = ["--auto-aof-rewrite-percentage", "0"];
/** The meter's own. */
const UNCOUNTED = /^cmdstat_(info|config|client|hello|select|ping)/u;

interface MeteredRedis extends MeteredStore {
  /** How many records of sessions will still be there then. */
  recordsAfter(ms: number): Promise<number>;
}

/** @throws {Error} if `redis-server` isn't on the PATH */
export async function openMeteredRedis(): Promise<MeteredRedis> {
  const file = await findRedisServer(process.env["PATH"]);
  if (file === undefined) throw new Error("redis-server can't be started: is it on the PATH?");
  const server = await startRedisServer(file, [...SETTINGS, ...GROWING_LOG]);
  const admin = await connect();
  const clients = [admin];
  let roundTrips = 0;
  let ownIn = 0;
  let ownOut = 0;

  function connect() {
    return createClient({ url: server.url }).connect();
  }

  async function readNumbers(): Promise<ReadonlyMap<string, string>> {
    const info = await admin.info("all");
    return new Map(
      info.split("\r\n").map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  }

  async function numbersOf(): Promise<(name: string) => number> {
    const values = await readNumbers();
    return (name) => Number(values.get(name) ?? 0);
  }

  return {
    async openLedger() {
      const client = await connect();
      clients.push(client);
      return createRedisLedger({
        client: {
          sendCommand(args: readonly string[]) {
            roundTrips += 1;
            return client.sendCommand(args);
          },
          MULTI: () => client.MULTI(),
        },
      });
    },
    async read() {
      const before = await numbersOf();
      const values = await readNumbers();
      const numberOf = (name: string): number => Number(values.get(name) ?? 0);
      let commands = 0;
      for (const [name, value] of values) {
        if (!name.startsWith("cmdstat_") || UNCOUNTED.test(name)) continue;
        commands += Number(/^calls=(\d+)/u.exec(value)?.[1]);
      }
      // What the meter itself sends and gets: as much the second time as the first.
      const reading = {
        roundTrips,
        commands,
        bytesToStore: before("total_net_input_bytes") - ownIn,
        bytesFromStore: before("total_net_output_bytes") - ownOut,
        cpuSeconds: numberOf("used_cpu_user") + numberOf("used_cpu_sys"),
        logBytes: numberOf("aof_current_size"),
      };
      ownIn += 2 * (numberOf("total_net_input_bytes") - before("total_net_input_bytes"));
      ownOut += 2 * (numberOf("total_net_output_bytes") - before("total_net_output_bytes"));
      return reading;
    },
    async dataBytes() {
      return (await numbersOf())("used_memory");
    },
    async recordsAfter(ms) {
      let outliving = 0;
      for await (const keys of admin.scanIterator({ MATCH: "coatcheck:r:*", COUNT: 1_000 })) {
        const lives = await Promise.all(keys.map((key) => admin.pTTL(key)));
        // Less than 0: lives for ever.
        outliving += lives.filter((life) => life < 0 || life > ms).length;
      }
      return outliving;
    },
    async close() {
      for (const client of clients) client.destroy();
      await server.stop();
    },
  };
}
