import { findValkeyServer, startRedisServer, type RedisServer } from "@coatcheck/testkit/node";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeLedger } from "../../../suite/describe-ledger.ts";
import { createRedisLedger, type RedisClient } from "./redis-ledger.ts";

const file = await findValkeyServer(process.env["PATH"]);
/** What each says of itself as a part of a cluster. */
const PARTS_OF_CLUSTERS = [
  ["Redis 7.0", "redis_version:7.0.15\r\nredis_mode:cluster\r\n"],
  [
    "Valkey 8.0",
    "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\nserver_mode:cluster\r\n",
  ],
] as const;

it.each(PARTS_OF_CLUSTERS)("a client of one node of a cluster of %s is refused at start", async (_, info) => {
  const client: RedisClient = {
    call: async (_command: string, [section]: string[]) =>
      section === "server" ? info : "maxmemory_policy:noeviction\r\n",
  };
  await expect(createRedisLedger({ client })).rejects.toMatchObject({
    code: "ledger_misconfigured",
    message: expect.stringContaining("redis+cluster://"),
  });
});

describe.skipIf(file === undefined)("Valkey (valkey-server on the PATH)", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer(file ?? "");
  });
  afterAll(async () => server?.stop());

  describeLedger("valkey, a client of node-redis and one of ioredis", async () => {
    const nodeRedis = createClient({ url: server.url });
    await nodeRedis.connect();
    const ioredis = new Redis(server.url);
    const prefix = `test-${Math.random()}`;
    const ledger = await createRedisLedger({ client: nodeRedis, prefix });
    const other = await createRedisLedger({ client: ioredis, prefix });
    return {
      ledger,
      other,
      damage: async (key) => void (await ioredis.set(`${prefix}:r:${key}`, "not a hash")),
      async close() {
        await ledger.close();
        await other.close();
        await nodeRedis.close();
        ioredis.disconnect();
      },
    };
  });
});
