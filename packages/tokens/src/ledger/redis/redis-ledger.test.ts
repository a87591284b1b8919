import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeLedger } from "../../../suite/describe-ledger.ts";
import { findRedisServer, startRedisServer, type RedisServer } from "@coatcheck/testkit/node";
import { expectAgreement } from "../../../fixtures/ledger-agreement.ts";
import type { RecordAddress } from "../ledger.ts";
import { createMemoryLedger } from "../memory-ledger.ts";
import { realClock } from "../../../fixtures/real-clock.ts";
import { createRedisLedger } from "./redis-ledger.ts";

const file = await findRedisServer(process.env["PATH"]);
const isRequired = process.env["CI"] === "true";

it("finds a redis-server, or may do without one since CI isn't true", () => {
  expect(file !== undefined || !isRequired).toBe(true);
});

describe.skipIf(file === undefined)("Redis (redis-server on the PATH)", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer(file ?? "");
  });
  afterAll(async () => server?.stop());

  describeLedger("redis, two clients of node-redis", async () => {
    const clients = [createClient({ url: server.url }), createClient({ url: server.url })] as const;
    for (const client of clients) await client.connect();
    const prefix = `test-${Math.random()}`;
    const ledger = await createRedisLedger({ client: clients[0], prefix });
    const other = await createRedisLedger({ client: clients[1], prefix });
    return {
      ledger,
      other,
      async close() {
        await ledger.close();
        await other.close();
        for (const client of clients) await client.close();
      },
    };
  });

  describeLedger("redis, two clients of ioredis", async () => {
    const clients = [new Redis(server.url), new Redis(server.url)] as const;
    const prefix = `test-${Math.random()}`;
    const ledger = await createRedisLedger({ client: clients[0], prefix });
    const other = await createRedisLedger({ client: clients[1], prefix });
    return {
      ledger,
      other,
      damage: async (key) => void (await clients[0].set(`${prefix}:r:${key}`, "not a hash")),
      async close() {
        await ledger.close();
        await other.close();
        for (const client of clients) client.disconnect();
      },
    };
  });

  describe("beside the transitions in TypeScript", () => {
    it("answers any sequence of steps like a memory ledger that outlives its process", async () => {
      const client = new Redis(server.url);
      const ledger = await createRedisLedger({ client, prefix: `test-${Math.random()}` });
      const model = createMemoryLedger(realClock, { outlivesProcess: true });
      await expect(expectAgreement(model, ledger, { runs: 200 })).resolves.toBeUndefined();
      await ledger.close();
      client.disconnect();
    });
  });

  describe("a Redis that can't hold a ledger", () => {
    it("is refused at start when it would evict records", async () => {
      const evicting = await startRedisServer(file ?? "", ["--maxmemory-policy", "allkeys-lru"]);
      const client = new Redis(evicting.url);
      const failure = await createRedisLedger({ client }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "TokensError", code: "ledger_misconfigured" });
      client.disconnect();
      await evicting.stop();
    });

    it("is refused at start when it is older than 7", async () => {
      const call = async (_command: string, [section]: string[]) =>
        section === "server" ? "redis_version:6.2.14\r\n" : "maxmemory_policy:noeviction\r\n";
      const failure = await createRedisLedger({ client: { call } }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "ledger_misconfigured" });
    });
  });

  describe("a Redis in trouble", () => {
    it("keeps no caller for longer than 5 s while it is frozen, and works on when it thaws", async () => {
      const troubled = await startRedisServer(file ?? "");
      const client = createClient({ url: troubled.url });
      client.on("error", () => undefined);
      await client.connect();
      const ledger = await createRedisLedger({ client });
      const health: boolean[] = [];
      const watch = ledger.watchEndings(
        () => undefined,
        (isUp) => health.push(isUp),
      );
      await watch.ready;
      troubled.freeze();
      const failure = await ledger.read(at("frozen"), 0).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "ledger_unreachable" });
      await expect.poll(() => health, { timeout: 15_000 }).toContain(false);
      troubled.thaw();
      await expect
        .poll(async () => ledger.read(at("frozen"), 0), { timeout: 15_000 })
        .toEqual({ highestSpent: -1, successors: {} });
      await expect.poll(() => health.at(-1), { timeout: 15_000 }).toBe(true);
      await ledger.close();
      await client.close();
      await troubled.stop();
    });

    it("works on after a restart that lost its data and its scripts", async () => {
      const troubled = await startRedisServer(file ?? "");
      const client = new Redis(troubled.url);
      client.on("error", () => undefined);
      const ledger = await createRedisLedger({ client });
      await ledger.publish(at("lost"), { generation: 0, fence: "a", sealed: "s" });
      await troubled.restart();
      await expect
        .poll(async () => ledger.read(at("lost"), 0).catch(() => undefined), { timeout: 15_000 })
        .toEqual({ highestSpent: -1, successors: {} });
      await ledger.close();
      client.disconnect();
      await troubled.stop();
    });
  });

  it("keeps no successor that nobody may have any more", async () => {
    const client = new Redis(server.url);
    const prefix = `test-${Math.random()}`;
    const ledger = await createRedisLedger({ client, prefix });
    await ledger.publish(at("one"), { generation: 0, fence: "a", sealed: "s" });
    expect((await client.hkeys(`${prefix}:r:one`)).toSorted()).toEqual(["meta", "s:0", "v"]);
    await ledger.acknowledge(at("one"), { ...SETTLING, shown: 1 });
    await ledger.claim(at("one"), { generation: 1, fence: "a", leaseMs: 1, mayRepeatAmbiguous: false });
    expect((await client.hkeys(`${prefix}:r:one`)).toSorted()).toEqual(["meta", "v"]);
    await ledger.close();
    client.disconnect();
  });

  it("gives every key a lifetime", async () => {
    const client = new Redis(server.url);
    const prefix = `test-${Math.random()}`;
    const ledger = await createRedisLedger({ client, prefix });
    await ledger.publish(at("one"), { generation: 0, fence: "a", sealed: "s" });
    await ledger.end(at("two"), { generation: 0, reason: "signed_out" });
    await ledger.entomb({ key: "three", iat: 1, keepMs: 60_000 });
    const keys = await client.keys(`${prefix}:*`);
    expect(keys).toHaveLength(5);
    const lifetimes = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(Math.min(...lifetimes)).toBeGreaterThan(0);
    await ledger.close();
    client.disconnect();
  });
});

const SETTLING = { arrivedAgoMs: 0, isHanding: false, settleAfterMs: 0, staleCookieMs: 0 };

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}
