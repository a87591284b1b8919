import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  scheduler,
  uniqueArray,
  type Scheduler,
} from "fast-check";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { findRedisServer, startRedisServer, type RedisServer } from "@coatcheck/testkit/node";
import type { Ledger, RecordAddress } from "../ledger.ts";
import { keySlot } from "./key-slot.ts";
import { createRedisLedger, sendRedisCommand, type RedisClient } from "./redis-ledger.ts";
import { createReplicatedWrites } from "./replicated-writes.ts";

const file = await findRedisServer(process.env["PATH"]);
const PUBLISH = { generation: 0, fence: "a", sealed: "s" };
const PUBLISHED = { kind: "published" };
const UNREACHABLE = { code: "ledger_unreachable" };
const MANY = Array.from({ length: 40 }, (_, index) => `session-${index}`);

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}

const LIBRARIES: readonly (readonly [string, (url: string) => Promise<OpenClient>])[] = [
  [
    "node-redis",
    async (url) => {
      const client = createClient({ url, disableOfflineQueue: true });
      client.on("error", () => undefined);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  ],
  [
    "ioredis",
    async (url) => {
      const client = new Redis(url);
      client.on("error", () => undefined);
      await client.ping();
      return { client, close: () => client.disconnect() };
    },
  ],
];

interface OpenClient {
  readonly client: RedisClient;
  close(): void;
}

describe.skipIf(file === undefined)("a Redis with a replica, which is waited for", () => {
  let master: RedisServer;
  let replica: RedisServer;
  let close: () => void = () => undefined;

  beforeAll(async () => {
    master = await startRedisServer(file ?? "", ["--repl-diskless-sync-delay", "0"]);
    replica = await startRedisServer(file ?? "", ["--replicaof", `127.0.0.1 ${master.port}`]);
    await vi.waitUntil(
      async () => (await replica.cli("INFO", "replication")).includes("master_link_status:up"),
      { timeout: 15_000 },
    );
  });
  afterEach(() => {
    replica.thaw();
    close();
  });
  afterAll(async () => {
    await replica.stop();
    await master.stop();
  });

  describe.each(LIBRARIES)("by %s", (_library, open) => {
    async function openLedger(
      ms: number,
    ): Promise<{ readonly ledger: Ledger; readonly client: RedisClient }> {
      const opened = await open(master.url);
      close = () => opened.close();
      const wait = { replicas: 1, ms };
      const ledger = await createRedisLedger({
        client: opened.client,
        prefix: `test-${Math.random()}`,
        wait,
      });
      return { ledger, client: opened.client };
    }

    async function waitsSoFar(): Promise<number> {
      return Number(/cmdstat_wait:calls=(\d+)/u.exec(await master.cli("INFO", "commandstats"))?.[1] ?? 0);
    }

    function publishAll(ledger: Ledger) {
      return Promise.allSettled(MANY.map((key) => ledger.publish(at(key), PUBLISH)));
    }

    it("steps that are made at the same time share their waits", async () => {
      const { ledger } = await openLedger(2_000);
      const before = await waitsSoFar();
      const outcomes = await publishAll(ledger);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(MANY.map(() => "fulfilled"));
      expect((await waitsSoFar()) - before).toBeLessThanOrEqual(MANY.length / 4);
      await ledger.close();
    });

    it("steps that too few replicas have fail together, and succeed when they are repeated with enough", async () => {
      const { ledger } = await openLedger(200);
      replica.freeze();
      const before = await waitsSoFar();
      for (const outcome of await publishAll(ledger)) {
        expect(outcome).toMatchObject({ status: "rejected", reason: UNREACHABLE });
      }
      // Each wait takes its whole time, one after the other.
      expect((await waitsSoFar()) - before).toBeLessThanOrEqual(4);
      replica.thaw();
      for (const outcome of await publishAll(ledger)) {
        expect(outcome).toEqual({ status: "fulfilled", value: PUBLISHED });
      }
      await ledger.close();
    });

    it("what was found waits, too: it may be of a step that failed only in its wait", async () => {
      const { ledger } = await openLedger(100);
      expect(await ledger.publish(at("found"), PUBLISH)).toEqual(PUBLISHED);
      replica.freeze();
      await expect(ledger.publish(at("found"), PUBLISH)).rejects.toMatchObject(UNREACHABLE);
      await ledger.close();
    });

    it("a connection that is lost while it waits fails its step, whatever a new one would be told", async () => {
      const { ledger } = await openLedger(3_000);
      replica.freeze();
      const outcome = ledger.publish(at("cut"), PUBLISH).catch((error: unknown) => error);
      await expect
        .poll(() => master.cli("INFO", "clients"), { timeout: 15_000 })
        .toContain("blocked_clients:1");
      await master.cli("CLIENT", "KILL", "TYPE", "normal");
      expect(await outcome).toMatchObject(UNREACHABLE);
      replica.thaw();
      await expect
        .poll(() => ledger.publish(at("cut"), PUBLISH).catch(() => "not yet"), { timeout: 15_000 })
        .toEqual(PUBLISHED);
      await ledger.close();
    });

    it("a server that has forgotten its scripts gets them, once for each", async () => {
      const { ledger } = await openLedger(2_000);
      await ledger.probe();
      await master.cli("SCRIPT", "FLUSH");
      const outcomes = await publishAll(ledger);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(MANY.map(() => "fulfilled"));
      await ledger.close();
    });

    it("a script that is unknown by its hash fails no other one that was sent by its text", async () => {
      const { ledger, client } = await openLedger(2_000);
      const send = createReplicatedWrites(client, { replicas: 1, ms: 2_000 });
      const [set, byHash, byText] = await Promise.allSettled([
        send("a", ["SET", "a", "1"]),
        send("a", ["EVALSHA", "0".repeat(40), "0"]),
        send("a", ["EVAL", "return redis.call('INCR', KEYS[1])", "1", `text-${Math.random()}`]),
      ]);
      expect(set).toEqual({ status: "fulfilled", value: "OK" });
      expect(byHash).toMatchObject({
        status: "rejected",
        reason: { message: expect.stringMatching(/^NOSCRIPT/u) },
      });
      expect(byText).toMatchObject({ status: "fulfilled" });
      await ledger.close();
    });

    it("a master that has taken over and knows less is no witness of what was found before", async () => {
      const { client } = await openLedger(2_000);
      const prefix = `test-${Math.random()}`;
      const key = `${prefix}:r:one`;
      let hasTakenOver = false;
      const wrapped: RedisClient = {
        ...("call" in client
          ? { call: (name: string, args: string[]) => client.call(name, args) }
          : { sendCommand: (args: readonly string[]) => sendRedisCommand(client, "", args) }),
        ...forgetting(client, async () => {
          if (hasTakenOver) await master.cli("DEL", key);
          hasTakenOver = false;
        }),
      };
      const ledger = await createRedisLedger({ client: wrapped, prefix, wait: { replicas: 1, ms: 2_000 } });
      expect(await ledger.publish(at("one"), PUBLISH)).toEqual(PUBLISHED);
      hasTakenOver = true;
      expect(await ledger.publish(at("one"), PUBLISH)).toEqual(PUBLISHED);
      expect(hasTakenOver).toBe(false);
      expect((await master.cli("EXISTS", key)).trim()).toBe("1");
      await ledger.close();
    });
  });

  it("a wrapped client that can send nothing but single commands is refused at start", async () => {
    const client = new Redis(master.url);
    close = () => client.disconnect();
    const single = { call: (name: string, args: string[]) => client.call(name, args) };
    const failure = await createRedisLedger({ client: single, wait: { replicas: 1, ms: 100 } }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "ledger_misconfigured" });
  });
});

/** The members of a client that send pipelines, each after something else. */
function forgetting(client: RedisClient, before: () => Promise<void>): object {
  if ("pipeline" in client)
    return {
      pipeline: (commands: unknown[][]) => ({
        exec: async () => {
          await before();
          return client.pipeline?.(commands).exec();
        },
      }),
    };
  return {
    MULTI() {
      const pipeline = "MULTI" in client ? client.MULTI?.() : undefined;
      return {
        sendCommand: (args: readonly string[]) => pipeline?.sendCommand(args),
        execAsPipeline: async () => {
          await before();
          return pipeline?.execAsPipeline();
        },
      };
    },
  };
}

describe("any interleaving of writes, replicas, redirections and lost connections", () => {
  const ADDRESSES = ["a:1", "b:1"] as const;
  const KEYS = Array.from({ length: 6 }, (_, index) => `key-${index}`);
  type Fate = "kept" | "behind" | "lost";

  /** Two masters of a cluster that hold what they are told to; the client's map of slots may be out of date. */
  function simulateCluster(schedule: Scheduler, moved: ReadonlySet<string>, fates: readonly Fate[]) {
    const executed: { readonly id: string; readonly isReplicated: boolean }[] = [];
    const underway = new Map<string, number>();
    let most = 0;
    let sent = 0;

    function knownOwner(key: string): string {
      return ADDRESSES[keySlot(key) % 2] ?? "";
    }
    function owner(key: string): string {
      const known = knownOwner(key);
      return moved.has(key) ? (ADDRESSES.find((address) => address !== known) ?? "") : known;
    }
    async function run(address: string, commands: readonly (readonly string[])[]): Promise<unknown[]> {
      const fate = fates[sent % fates.length] ?? "kept";
      sent += 1;
      underway.set(address, (underway.get(address) ?? 0) + 1);
      most = Math.max(most, underway.get(address) ?? 0);
      await schedule.schedule(Promise.resolve(), address);
      underway.set(address, (underway.get(address) ?? 0) - 1);
      if (fate === "lost") throw new Error("Socket closed unexpectedly");
      const replies: unknown[] = [];
      let failure: Error | undefined;
      for (const [name = "", key = "", id = ""] of commands) {
        if (name === "WAIT") replies.push(fate === "kept" ? 1 : 0);
        else if (owner(key) === address) {
          executed.push({ id, isReplicated: fate === "kept" && commands.at(-1)?.[0] === "WAIT" });
          replies.push(`reply of ${id}`);
        } else failure ??= new Error(`MOVED ${keySlot(key)} ${owner(key)}`);
      }
      if (failure !== undefined) throw failure;
      return replies;
    }
    const masterAt = (address: string) => ({
      address,
      client: {
        sendCommand: async () => undefined,
        MULTI() {
          const commands: (readonly string[])[] = [];
          return {
            sendCommand: (args: readonly string[]) => commands.push(args),
            execAsPipeline: () => run(address, commands),
          };
        },
      },
    });
    const [first, second] = [masterAt(ADDRESSES[0]), masterAt(ADDRESSES[1])];
    return {
      executed,
      mostUnderway: () => most,
      sent: () => sent,
      client: {
        masters: [first, second],
        slots: Array.from({ length: 16_384 }, (_, slot) => ({ master: slot % 2 === 0 ? first : second })),
        sendCommand: async () => undefined,
      },
    };
  }

  it("every write is answered once, with its own reply, and only if a wait behind it says that it is replicated", async () => {
    await assert(
      asyncProperty(
        scheduler(),
        array(constantFrom(...KEYS), { minLength: 1, maxLength: 20 }),
        uniqueArray(constantFrom(...KEYS), { maxLength: 3 }),
        array(constantFrom<Fate>("kept", "kept", "behind", "lost"), { minLength: 1, maxLength: 8 }),
        async (schedule, keys, moved, fates) => {
          const cluster = simulateCluster(schedule, new Set(moved), fates);
          const write = createReplicatedWrites(cluster.client, { replicas: 1, ms: 100 });
          const outcomes = keys.map(async (key, index) => {
            const id = `${index}`;
            await schedule.schedule(Promise.resolve(), `write ${id}`);
            try {
              return { id, reply: await write(key, ["SET", key, id]) };
            } catch {
              return { id, reply: undefined };
            }
          });
          const settled = await schedule.waitFor(Promise.all(outcomes));
          for (const { id, reply } of settled) {
            if (reply === undefined) continue;
            expect(reply).toBe(`reply of ${id}`);
            expect(cluster.executed).toContainEqual({ id, isReplicated: true });
          }
          expect(cluster.mostUnderway()).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("all that came while a wait was on its way share the next one", async () => {
    await assert(
      asyncProperty(scheduler(), integer({ min: 2, max: 50 }), async (schedule, count) => {
        const cluster = simulateCluster(schedule, new Set(), ["kept"]);
        const write = createReplicatedWrites(cluster.client, { replicas: 1, ms: 100 });
        const writes = Array.from({ length: count }, (_, id) => write("key", ["SET", "key", `${id}`]));
        await schedule.waitFor(Promise.all(writes));
        expect(cluster.sent()).toBe(2);
      }),
      { numRuns: 20 },
    );
  });
});
