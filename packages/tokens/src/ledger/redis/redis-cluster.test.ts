import { once } from "node:events";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRedisServer, startRedisCluster, type RedisCluster } from "@coatcheck/testkit/node";
import { describeStoredLedger } from "../../../fixtures/describe-stored-ledger.ts";
import type { Ledger, RecordAddress } from "../ledger.ts";
import { createRedisLedger } from "./redis-ledger.ts";

const file = await findRedisServer(process.env["PATH"]);
const FIRST_SLOTS = 100;
const SESSIONS = Array.from({ length: 40 }, (_, index) => at(`session-${index}`));

function at(key: string): RecordAddress {
  return { key, tombstones: [`of-${key}`], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}

describe.skipIf(file === undefined)("a Redis Cluster: three masters, three replicas", () => {
  let cluster: RedisCluster;
  let node: ReturnType<typeof createNodeRedis>;
  let io: Cluster;

  function createNodeRedis() {
    return createCluster({
      rootNodes: cluster.nodes.map(({ url }) => ({ url })),
      defaults: { disableOfflineQueue: true },
      topologyRefreshOnReconnectionAttemptStrategy: 100,
    });
  }

  beforeAll(async () => {
    cluster = await startRedisCluster(file ?? "", ["--cluster-require-full-coverage", "no"]);
    node = createNodeRedis();
    io = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    for (const client of [node, io]) client.on("error", () => undefined);
    await Promise.all([node.connect(), once(io, "ready")]);
  }, 60_000);
  afterAll(async () => {
    node.destroy();
    io.disconnect();
    await cluster.stop();
  });

  const newPrefix = (): string => `test-${Math.random()}`;

  describeStoredLedger("redis cluster, a client of node-redis and one of ioredis", 100, async () => {
    const prefix = newPrefix();
    const ledger = await createRedisLedger({ client: node, prefix });
    const other = await createRedisLedger({ client: io, prefix });
    return {
      ledger,
      other,
      damage: async (key) => void (await io.set(`${prefix}:r:${key}`, "not a hash")),
      // Beside `meta` and `v`.
      countSuccessors: async (key) => (await io.hkeys(`${prefix}:r:${key}`)).length - 2,
      async close() {
        await ledger.close();
        await other.close();
      },
    };
  });

  it("spreads sessions over all masters, and counts them all", async () => {
    const prefix = newPrefix();
    for (const client of [node, io]) {
      const ledger = await createRedisLedger({ client, prefix });
      for (const place of SESSIONS) await ledger.publish(place, { generation: 0, fence: "a", sealed: "s" });
      await ledger.entomb({ key: "person", iat: 1, keepMs: 60_000 });
      expect(await ledger.stats()).toEqual({ records: SESSIONS.length, tombstones: 1 });
      await ledger.close();
    }
    const owners = await Promise.all(
      SESSIONS.slice(0, 12).map(({ key }) => cluster.ownerOf(`${prefix}:r:${key}`)),
    );
    expect(new Set(owners)).toEqual(new Set([0, 1, 2]));
  });

  describe("is refused at start", () => {
    it.each([
      ["node-redis", (url: string) => createClient({ url })],
      ["ioredis", (url: string) => new Redis(url)],
    ])("with a client of one node of it: %s", async (_library, create) => {
      const client = create(cluster.nodes[0]?.url ?? "");
      if ("isOpen" in client) await client.connect();
      const failure = await createRedisLedger({ client }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "ledger_misconfigured" });
      await client.disconnect();
    });

    it("where one of its masters would evict records", async () => {
      const [first] = cluster.nodes;
      await first?.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
      for (const client of [node, io]) {
        const failure = await createRedisLedger({ client }).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: "ledger_misconfigured" });
      }
      await first?.cli("CONFIG", "SET", "maxmemory-policy", "noeviction");
    });
  });

  /** Each session's next generation, again and again; `tries` of each step, a tenth of a second apart. */
  async function refreshAll(ledger: Ledger, generation: number, tries: number): Promise<void> {
    await Promise.all(
      SESSIONS.map(async (place) => {
        const fenced = { generation, fence: `fence-${generation}` };
        const claim = { ...fenced, leaseMs: 60_000, mayRepeatAmbiguous: false };
        expect(await trying(tries, () => ledger.claim(place, claim))).toMatchObject({ kind: "led" });
        const published = await trying(tries, () =>
          ledger.publish(place, { ...fenced, sealed: `${generation}` }),
        );
        expect(published).toEqual({ kind: "published" });
      }),
    );
  }

  async function trying<T>(tries: number, step: () => Promise<T>): Promise<T> {
    for (let left = tries; ; left -= 1) {
      try {
        return await step();
      } catch (error) {
        if (left === 1) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      }
    }
  }

  async function expectAll(ledger: Ledger, generations: number): Promise<void> {
    const successors = Object.fromEntries(
      Array.from({ length: generations }, (_, index) => [index, `${index}`]),
    );
    for (const place of SESSIONS) {
      expect(await ledger.read(place, 0)).toEqual({ highestSpent: generations - 1, successors });
    }
  }

  /** All keys after it lie in one slot, which is among the first that move. */
  async function prefixInFirstSlots(): Promise<string> {
    for (;;) {
      const prefix = `{${newPrefix()}}`;
      if ((await io.cluster("KEYSLOT", prefix)) < FIRST_SLOTS) return prefix;
    }
  }

  it(
    "moves slots to another master under live steps: none fails, and none is lost",
    { timeout: 60_000 },
    async () => {
      const prefix = await prefixInFirstSlots();
      const wait = { replicas: 1, ms: 2_000 };
      const ledgers = [
        await createRedisLedger({ client: node, prefix }),
        await createRedisLedger({ client: io, prefix }),
        await createRedisLedger({ client: node, prefix, wait }),
        await createRedisLedger({ client: io, prefix, wait }),
      ] as const;
      const moves = { left: 2 };
      const moving = (async () => {
        for (const [from, to] of [
          [0, 1],
          [1, 0],
        ] as const) {
          await cluster.reshard(from, to, FIRST_SLOTS);
          moves.left -= 1;
        }
      })();
      let generation = 0;
      for (; moves.left > 0 || generation < 4; generation += 1) {
        await refreshAll(ledgers[generation % 4] ?? ledgers[0], generation, 1);
      }
      await expect(moving).resolves.toBeUndefined();
      await expectAll(ledgers[0], generation);
      for (const each of ledgers) await each.close();
    },
  );

  describe.each([
    ["node-redis", () => node],
    ["ioredis", () => io],
  ])("with replication waited for, by %s", (_library, client) => {
    it("has each step on a replica when it answers", async () => {
      const prefix = newPrefix();
      const ledger = await createRedisLedger({ client: client(), prefix, wait: { replicas: 1, ms: 2_000 } });
      const fenced = { generation: 0, fence: "a" };
      for (const place of SESSIONS.slice(0, 10)) {
        const claim = { ...fenced, leaseMs: 60_000, mayRepeatAmbiguous: false };
        const [owner, key] = [await cluster.ownerOf(`${prefix}:r:${place.key}`), `${prefix}:r:${place.key}`];
        expect(await ledger.claim(place, claim)).toMatchObject({ kind: "led" });
        expect(await ledger.publish(place, { ...fenced, sealed: "s" })).toEqual({ kind: "published" });
        const replica = new Redis(cluster.nodes[(owner + 3) % 6]?.url ?? "");
        await replica.readonly();
        expect(await replica.hget(key, "s:0")).toBe("s");
        replica.disconnect();
      }
      await ledger.close();
    });

    it("fails where there are fewer replicas, and the step can be repeated when there are enough", async () => {
      const prefix = newPrefix();
      const wait = { replicas: 2, ms: 50 };
      const strict = await createRedisLedger({ client: client(), prefix, wait });
      const ledger = await createRedisLedger({ client: client(), prefix, wait: { replicas: 1, ms: 2_000 } });
      const publish = { generation: 0, fence: "a", sealed: "s" };
      for (let tries = 0; tries < 2; tries += 1) {
        const failure = await strict.publish(at("one"), publish).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: "ledger_unreachable" });
      }
      await expect(strict.entomb({ key: "two", iat: 1, keepMs: 60_000 })).rejects.toMatchObject({
        code: "ledger_unreachable",
      });
      expect(await ledger.publish(at("one"), publish)).toEqual({ kind: "published" });
      for (const each of [ledger, strict]) await each.close();
    });
  });

  it(
    "loses a master: its sessions wait for the replica, all others go on, and what is on the replica stays",
    { timeout: 60_000 },
    async () => {
      const prefix = newPrefix();
      const ledger = await createRedisLedger({ client: node, prefix });
      const other = await createRedisLedger({ client: io, prefix });
      const seen = new Set<string>();
      const watch = other.watchEndings(({ key }) => seen.add(key));
      await refreshAll(ledger, 0, 1);
      for (const master of cluster.nodes.slice(0, 3)) await master.cli("WAIT", "1", "5000");
      const owners = new Map<string, number>();
      for (const { key } of SESSIONS) owners.set(key, await cluster.ownerOf(`${prefix}:r:${key}`));
      const victim = await cluster.ownerOf(`${prefix}:r:probe:`);
      await cluster.nodes[victim]?.kill();

      const elsewhere = SESSIONS.find(({ key }) => owners.get(key) !== victim);
      const codes = await Promise.all([
        trying(1, () => ledger.probe()),
        trying(1, () => other.probe()),
        trying(1, () => ledger.read({ ...at(elsewhere?.key ?? ""), tombstones: [] }, 0)),
      ]).then(() => "none");
      expect(codes).toBe("none");
      await refreshAll(ledger, 1, 100);
      await cluster.untilFailedOver(victim);
      await refreshAll(other, 2, 100);
      await expectAll(ledger, 3);
      await trying(100, () => ledger.end(at("session-0"), { generation: 3, reason: "signed_out" }));
      await expect.poll(() => seen.has("session-0"), { timeout: 15_000 }).toBe(true);
      watch.stop();
      for (const each of [ledger, other]) await each.close();
      await cluster.nodes[victim]?.restart();
    },
  );
});
