import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeStoredLedger } from "../../../fixtures/describe-stored-ledger.ts";
import { describeLedger } from "../../../suite/describe-ledger.ts";
import { findRedisServer, startRedisServer, type RedisServer } from "@coatcheck/testkit/node";
import type { Ending, Ledger, RecordAddress } from "../ledger.ts";
import { createRedisLedger, sendRedisCommand, type RedisClient } from "./redis-ledger.ts";

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

  describeStoredLedger("redis, two clients of ioredis", 200, async () => {
    const clients = [new Redis(server.url), new Redis(server.url)] as const;
    const prefix = `test-${Math.random()}`;
    const ledger = await createRedisLedger({ client: clients[0], prefix });
    const other = await createRedisLedger({ client: clients[1], prefix });
    return {
      ledger,
      other,
      damage: async (key) => void (await clients[0].set(`${prefix}:r:${key}`, "not a hash")),
      // Beside `meta` and `v`.
      countSuccessors: async (key) => (await clients[0].hkeys(`${prefix}:r:${key}`)).length - 2,
      async close() {
        await ledger.close();
        await other.close();
        for (const client of clients) client.disconnect();
      },
    };
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
      const frozen = Promise.withResolvers<void>();
      const late = await ledgerWhoseWrite(client, () => {
        troubled.freeze();
        frozen.resolve();
      });
      const failures = await Promise.allSettled([
        late.publish(at("late"), { generation: 0, fence: "a", sealed: "s" }),
        frozen.promise.then(() => ledger.read(at("frozen"), 0)),
      ]);
      for (const failure of failures)
        expect(failure).toMatchObject({ reason: { code: "ledger_unreachable" } });
      await expect.poll(() => health, { timeout: 15_000 }).toContain(false);
      troubled.thaw();
      await expect
        .poll(async () => ledger.read(at("frozen"), 0), { timeout: 15_000 })
        .toEqual({ highestSpent: -1, successors: {} });
      await expect.poll(() => health.at(-1), { timeout: 15_000 }).toBe(true);
      // It was on its way all the time, and its caller has long been told that it failed.
      expect(await ledger.read(at("late"), 0)).toEqual({ highestSpent: -1, successors: {} });
      await late.close();
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

  describe("an ending whose process was lost", () => {
    const announced = (key: string) =>
      JSON.stringify({
        kind: "session",
        key,
        reason: "signed_out",
        keepMs: 1,
        keepUntil: Date.now() + 60_000,
      });

    it("is told of where the record had ended, and forgotten where it hadn't", async () => {
      const client = new Redis(server.url);
      const prefix = `test-${Math.random()}`;
      const ledger = await createRedisLedger({ client, prefix });
      await ledger.end(at("ended"), { generation: 0, reason: "signed_out" });
      await client.del(`${prefix}:endings`);
      // As they are when the process dies before it has ended the record, or before it has told of it.
      const now = Date.now();
      await client.zadd(`${prefix}:endings`, String(11_000 - now), announced("ended"));
      await client.zadd(`${prefix}:endings`, String(11_000 - now), announced("alive"));
      await client.zadd(`${prefix}:endings`, String(-now), announced("under-way"));
      const seen: Ending[] = [];
      const watch = ledger.watchEndings((ending) => seen.push(ending));
      await expect.poll(() => seen.map(({ key }) => key), { timeout: 15_000 }).toEqual(["ended"]);
      const left = (await client.zrange(`${prefix}:endings`, "0", "-1")).map((text) =>
        String(JSON.parse(text).key),
      );
      expect(new Set(left)).toEqual(new Set(["ended", "under-way"]));
      watch.stop();
      await ledger.close();
      client.disconnect();
    });

    it("isn't told of when another step came before its own", async () => {
      const client = new Redis(server.url);
      const prefix = `test-${Math.random()}`;
      const ledger = await createRedisLedger({ client, prefix });
      const FENCED = { generation: 0, fence: "a" };
      await ledger.claim(at("one"), { ...FENCED, leaseMs: 60_000, mayRepeatAmbiguous: false });
      const late = await ledgerWhoseWrite(
        client,
        () => ledger.publish(at("one"), { ...FENCED, sealed: "s" }),
        prefix,
      );
      const buried = await late.bury(at("one"), { ...FENCED, failure: { kind: "terminal" } });
      expect(buried).toEqual({ kind: "lost" });
      expect(await ledger.read(at("one"), 0)).toEqual({ highestSpent: 0, successors: { 0: "s" } });
      expect(await client.zcount(`${prefix}:endings`, "(0", "+inf")).toBe(0);
      await ledger.close();
      client.disconnect();
    });
  });

  it("works beside processes of the version before, whose feed had two keys", async () => {
    const client = new Redis(server.url);
    const prefix = `test-${Math.random()}`;
    const ending = (key: string, keepUntil: number) =>
      JSON.stringify({ kind: "tombstone", key, iat: 7, keepMs: 1, keepUntil });
    const meta = { highestSpent: 0, highestShown: 0, keepUntil: Date.now() + 60_000, entries: {} };
    await client.hset(`${prefix}:r:one`, "v", String(Date.now() * 1_000), "meta", JSON.stringify(meta));
    await client.set(`${prefix}:t:person`, "7", "PX", 60_000);
    for (const [key, leftMs] of [
      ["person", 60_000],
      ["over", -1],
    ] as const) {
      const text = ending(key, Date.now() + leftMs);
      await client.zadd(`${prefix}:endings`, String(Date.now() * 1_000), text);
      await client.zadd(`${prefix}:endings:keep`, String(Date.now() + leftMs), text);
    }
    const ledger = await createRedisLedger({ client, prefix });
    expect(await ledger.read(at("one"), 0)).toEqual({ highestSpent: 0, successors: {} });
    expect(await ledger.read({ ...at("one"), tombstones: ["person"] }, 0)).toMatchObject({
      ended: "revoked",
    });
    const seen: string[] = [];
    const watch = ledger.watchEndings(({ key }) => seen.push(key));
    await watch.ready;
    expect(seen).toEqual(["person"]);
    await ledger.entomb({ key: "another", iat: 1, keepMs: 60_000 });
    const left = (await client.zrange(`${prefix}:endings`, "0", "-1")).map((text) =>
      String(JSON.parse(text).key),
    );
    expect(left).toEqual(["person", "another"]);
    watch.stop();
    await ledger.close();
    client.disconnect();
  });

  it("tells of what ends after a failover to a node whose clock is behind", async () => {
    const client = new Redis(server.url);
    const prefix = `test-${Math.random()}`;
    let isAway = false;
    const ledger = await createRedisLedger({
      client: {
        call: (name, args) =>
          isAway ? Promise.reject(new Error("Connection is closed.")) : client.call(name, args),
      },
      prefix,
    });
    const seen: string[] = [];
    const health: boolean[] = [];
    const watch = ledger.watchEndings(
      ({ key }) => seen.push(key),
      (isUp) => health.push(isUp),
    );
    await ledger.end(at("before"), { generation: 0, reason: "signed_out" });
    await expect.poll(() => seen, { timeout: 15_000 }).toContain("before");
    isAway = true;
    await expect.poll(() => health.at(-1), { timeout: 15_000 }).toBe(false);
    // The new master hasn't got the last entry, and takes the next one by its own clock.
    const [text = ""] = await client.zrange(`${prefix}:endings`, "0", "-1");
    await client.del(`${prefix}:endings`);
    const next = { ...JSON.parse(text), key: "after" };
    await client.zadd(`${prefix}:endings`, String((Date.now() - 30_000) * 1_000), JSON.stringify(next));
    isAway = false;
    await expect.poll(() => seen, { timeout: 15_000 }).toContain("after");
    watch.stop();
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
    expect(keys).toHaveLength(4);
    const lifetimes = await Promise.all(keys.map((key) => client.pttl(key)));
    expect(Math.min(...lifetimes)).toBeGreaterThan(0);
    await ledger.close();
    client.disconnect();
  });
});

/** One that waits for something before it sends the first write that follows a look. */
function ledgerWhoseWrite(
  client: RedisClient,
  onWrite: () => unknown,
  prefix = "coatcheck",
): Promise<Ledger> {
  let scripts = 0;
  return createRedisLedger({
    client: {
      async sendCommand(args: readonly string[]) {
        if (args[0] === "EVALSHA") scripts += 1;
        // The first was of the check at the start, the second is the look.
        if (args[0] === "EVALSHA" && scripts === 3) await onWrite();
        return sendRedisCommand(client, "", args);
      },
    },
    prefix,
  });
}

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}
