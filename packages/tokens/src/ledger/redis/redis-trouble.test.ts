import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findRedisServer, startRedisServer, type RedisServer } from "@coatcheck/testkit/node";
import { codeOf } from "../../../fixtures/code-of.ts";
import type { Ledger, RecordAddress } from "../ledger.ts";
import { createRedisLedger } from "./redis-ledger.ts";

const file = await findRedisServer(process.env["PATH"]);

function at(key: string): RecordAddress {
  return { key, tombstones: [], idTokenIat: 1, keepMs: 60_000, endedKeepMs: 60_000 };
}

const CLAIM = { generation: 0, fence: "a", leaseMs: 60_000, mayRepeatAmbiguous: false };
const FENCED = { generation: 0, fence: "a" };
const SHOWN = {
  shown: 0,
  arrivedAgoMs: 0,
  isHanding: false,
  settleAfterMs: 0,
  staleCookieMs: 0,
  touchedAt: 1,
};

/** Every method that is about one record. */
const STEPS: Readonly<Record<string, (ledger: Ledger, place: RecordAddress) => Promise<unknown>>> = {
  claim: (ledger, place) => ledger.claim(place, CLAIM),
  renew: (ledger, place) => ledger.renew(place, { ...FENCED, leaseMs: 60_000 }),
  wait: (ledger, place) => ledger.wait(place, { ...FENCED, timeoutMs: 1_000 }),
  publish: (ledger, place) => ledger.publish(place, { ...FENCED, sealed: "s" }),
  release: (ledger, place) => ledger.release(place, FENCED),
  bury: (ledger, place) => ledger.bury(place, { ...FENCED, failure: { kind: "unsent", retryInMs: 1 } }),
  acknowledge: (ledger, place) => ledger.acknowledge(place, SHOWN),
  read: (ledger, place) => ledger.read(place, 0),
  end: (ledger, place) => ledger.end(place, { generation: 0, reason: "signed_out" }),
};

describe.skipIf(file === undefined)("a Redis in trouble", () => {
  let server: RedisServer;
  let client: Redis;
  let admin: Redis;
  let ledger: Ledger;

  async function connect(extra: readonly string[] = []): Promise<void> {
    server = await startRedisServer(file ?? "", extra);
    // Without its own check, which would hold commands back while Redis loads.
    client = new Redis(server.url, { enableReadyCheck: false });
    admin = new Redis(server.url);
    for (const each of [client, admin]) each.on("error", () => undefined);
    ledger = await createRedisLedger({ client });
  }

  beforeEach(() => connect());
  afterEach(async () => {
    await ledger.close();
    client.disconnect();
    admin.disconnect();
    await server.stop();
  });

  const damages: readonly (readonly [what: string, damage: (key: string) => Promise<unknown>])[] = [
    ["has another type", (key) => admin.set(key, "not a hash")],
    ["isn't JSON", (key) => admin.hset(key, "meta", "{")],
    ["is a list", (key) => admin.hset(key, "meta", "[]")],
    ["is a number", (key) => admin.hset(key, "meta", "1")],
    ["is an empty object", (key) => admin.hset(key, "meta", "{}")],
    [
      "has damaged entries",
      (key) =>
        admin.hset(key, "meta", '{"keepUntil":1e15,"highestSpent":0,"highestShown":0,"entries":{"0":{}}}'),
    ],
  ];
  describe.each(damages)("a record that %s", (_what, damage) => {
    it.each(Object.entries(STEPS))("is that session's trouble alone: %s", async (_step, run) => {
      await damage("coatcheck:r:damaged");
      expect(await codeOf(run(ledger, at("damaged")))).toBe("record_unreadable");
      expect(await codeOf(run(ledger, at("healthy")))).toBe("none");
      expect(await codeOf(ledger.probe())).toBe("none");
    });
  });

  it("a tombstone of another make is the trouble of who it is about", async () => {
    await admin.hset("coatcheck:t:damaged", "a", "b");
    const place = { ...at("session"), tombstones: ["damaged"] };
    expect(await codeOf(ledger.claim(place, CLAIM))).toBe("record_unreadable");
    expect(await codeOf(ledger.entomb({ key: "damaged", iat: 1, keepMs: 1_000 }))).toBe("record_unreadable");
    expect(await codeOf(ledger.probe())).toBe("none");
  });

  it("without memory: reads go on, and neither a probe nor a success is taken until there is some again", async () => {
    await ledger.publish(at("known"), { ...FENCED, sealed: "s" });
    await admin.config("SET", "maxmemory", "1mb");
    expect(await codeOf(ledger.read(at("known"), 0))).toBe("none");
    expect(await codeOf(ledger.probe())).toBe("ledger_unreachable");
    expect(await codeOf(ledger.publish(at("new"), { ...FENCED, sealed: "s" }))).toBe("ledger_unreachable");
    await admin.config("SET", "maxmemory", "0");
    expect(await codeOf(ledger.probe())).toBe("none");
    expect(await ledger.publish(at("new"), { ...FENCED, sealed: "s" })).toEqual({ kind: "published" });
  });

  it("a read-only replica after a failover refuses the probe, and reads go on", async () => {
    const master = await startRedisServer(file ?? "");
    await admin.replicaof("127.0.0.1", master.port);
    await expect
      .poll(async () => admin.info("replication"), { timeout: 15_000 })
      .toContain("master_link_status:up");
    expect(await codeOf(ledger.read(at("any"), 0))).toBe("none");
    expect(await codeOf(ledger.probe())).toBe("ledger_unreachable");
    expect(await codeOf(ledger.claim(at("any"), CLAIM))).toBe("ledger_unreachable");
    await admin.replicaof("NO", "ONE");
    expect(await codeOf(ledger.probe())).toBe("none");
    await master.stop();
  });

  it("busy with somebody's endless script, it is down until that is killed", async () => {
    await admin.config("SET", "busy-reply-threshold", "20");
    const endless = admin.eval("while true do end", 0).catch(() => undefined);
    await expect.poll(() => codeOf(ledger.probe()), { timeout: 15_000 }).toBe("ledger_unreachable");
    expect(await codeOf(ledger.read(at("any"), 0))).toBe("ledger_unreachable");
    await client.call("SCRIPT", "KILL");
    await endless;
    expect(await codeOf(ledger.probe())).toBe("none");
  });

  it("while it loads its data it is down", async () => {
    const pipeline = admin.pipeline();
    for (let index = 0; index < 2_000; index += 1) pipeline.set(`filler:${index}`, "x".repeat(2_000));
    await pipeline.exec();
    await admin.save();
    // Each key takes a millisecond to load, and commands are answered meanwhile.
    await server.restart({
      more: ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"],
    });
    const codes = new Set<string>();
    await expect
      .poll(
        async () => {
          codes.add(await codeOf(ledger.probe()));
          return codes.has("none");
        },
        { timeout: 25_000, interval: 20 },
      )
      .toBe(true);
    expect(codes).toEqual(new Set(["ledger_unreachable", "none"]));
  });
});

describe("a Redis that answers slowly", () => {
  it("keeps no caller for longer than 5 s, though a step may take several commands", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    // Each command is answered after 3 s, and the script is never known: EVALSHA, EVAL.
    let isOpen = false;
    const slow = {
      async call(command: string): Promise<unknown> {
        if (command === "INFO") return "redis_version:7.0.0\r\nmaxmemory_policy:noeviction\r\n";
        await new Promise((resolve) => {
          setTimeout(resolve, isOpen ? 3_000 : 0);
        });
        if (command === "EVALSHA") throw new Error("NOSCRIPT No matching script.");
        return "{}";
      },
    };
    const opening = createRedisLedger({ client: slow });
    await vi.advanceTimersByTimeAsync(1_000);
    const ledger = await opening;
    isOpen = true;
    const codes: string[] = [];
    void codeOf(ledger.read(at("any"), 0)).then((code) => codes.push(code));
    await vi.advanceTimersByTimeAsync(5_100);
    expect(codes).toEqual(["ledger_unreachable"]);
    await ledger.close();
    vi.useRealTimers();
  });
});
