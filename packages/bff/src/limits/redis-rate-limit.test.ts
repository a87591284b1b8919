import { findRedisServer, startRedisServer } from "@coatcheck/testkit/node";
import type { RedisServer } from "@coatcheck/testkit/node";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSharedPorts } from "../../examples/many-machines.ts";
import type { RateRule } from "./rate-limit.ts";
import { createRedisRateLimit } from "./redis-rate-limit.ts";

const file = await findRedisServer(process.env["PATH"]);
const hasRedis = file !== undefined;
const RULE: RateRule = { name: "test", burst: 10, perSecond: 0.01 };

it.runIf(!hasRedis && process.env["CI"] === "true")("redis-server is on the PATH where CI=true", () => {
  expect(hasRedis).toBe(true);
});

describe.skipIf(!hasRedis)("a rate limit in Redis (S-149; redis-server on the PATH)", () => {
  let server: RedisServer;
  let client: ReturnType<typeof createClient>;

  beforeAll(async () => {
    server = await startRedisServer(file ?? "");
    client = createClient({ url: server.url, disableOfflineQueue: true });
    client.on("error", () => undefined);
    await client.connect();
  });
  afterAll(async () => {
    client.destroy();
    await server?.stop();
  });

  const limit = () => createRedisRateLimit(client, { monotonicMs: () => performance.now() });

  it("counts for all instances together", async () => {
    const [one, two] = [limit(), limit()];
    const verdicts: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      verdicts.push((await one.take(RULE, "a")).kind, (await two.take(RULE, "a")).kind);
    }
    expect(verdicts.filter((kind) => kind === "allowed")).toHaveLength(10);
    const refused = await limit().take(RULE, "a");
    expect(refused).toMatchObject({ kind: "refused", retryAfterSeconds: expect.any(Number) });
    expect((await one.take(RULE, "b")).kind).toBe("allowed");
  });

  it("is shared as the example does it, beside the ledger", async () => {
    const ports = await Promise.all([createSharedPorts(client), createSharedPorts(client)]);
    const kinds: (string | undefined)[] = [];
    for (let count = 0; count < 6; count += 1)
      for (const { rateLimit } of ports) kinds.push((await rateLimit?.take(RULE, "shared"))?.kind);
    expect(kinds.filter((kind) => kind === "allowed")).toHaveLength(10);
    for (const { ledger, close } of ports) {
      await ledger.close();
      close();
    }
  });

  it("keeps no key for longer than a bucket takes to fill", async () => {
    await limit().take({ ...RULE, perSecond: 10 }, "short");
    expect(await client.pTTL("coatcheck:rate:test:short")).toBeLessThanOrEqual(2_000);
  });

  it("goes on by its own count where Redis is gone", async () => {
    const alone = limit();
    await client.close();
    const kinds: string[] = [];
    for (let count = 0; count < 11; count += 1) kinds.push((await alone.take(RULE, "c")).kind);
    expect(kinds).toEqual([...Array.from({ length: 10 }, () => "allowed"), "refused"]);
  });
});
