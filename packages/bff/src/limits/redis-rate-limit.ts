/**
 * A rate limit that all machines share.
 *
 * @example
 * ```ts
 * const rateLimit = createRedisRateLimit(client, { monotonicMs: () => performance.now() });
 * return createNodePorts({ ledger: await createRedisLedger({ client }), rateLimit });
 * ```
 *
 * @module
 */
import { createRedisScript, sendRedisCommand, type RedisClient } from "@coatcheck/tokens/redis";
import { createMemoryRateLimit } from "./memory-rate-limit.ts";
import { fillSeconds } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";

/** `KEYS`: the bucket. `ARGV`: milliseconds that the cost takes to fill, that the whole takes, and how long to keep it. */
const TAKE = createRedisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local costMs, burstMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + costMs
local over = next - now - burstMs
if over > 0 then return math.ceil(over) end
redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', ARGV[3])
return 0
`);

/** A client waits no longer than this for the shared count; then the process's own one stands. */
const DEADLINE_MS = 250;
const KEY_PREFIX = "coatcheck:rate:";

/**
 * Counts in Redis, for all instances together; each process refuses by its own count first, so that a flood costs Redis
 * little, and goes on by its own count where Redis doesn't answer.
 *
 * @param client the caller's to open and to close
 */
export function createRedisRateLimit(
  client: RedisClient,
  { monotonicMs }: { readonly monotonicMs: () => number },
): RateLimit {
  const own = createMemoryRateLimit(monotonicMs);

  async function takeShared(key: string, args: string[]): Promise<number> {
    const late = Promise.withResolvers<number>();
    const timer = setTimeout(() => late.resolve(0), DEADLINE_MS);
    try {
      const answer = TAKE([key], args, (to, command) => sendRedisCommand(client, to, command));
      return Number(await Promise.race([answer, late.promise]));
    } catch {
      // Redis is away, or says no: whoever keeps the ledger there has noticed.
      return 0;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async take(rule, name, cost = 1) {
      const verdict = own.take(rule, name, cost);
      if (verdict.kind === "refused" || cost === 0) return verdict;
      const msOf = (count: number) => String((count * 1_000) / rule.perSecond);
      const keepMs = String(2 * fillSeconds(rule) * 1_000);
      const overMs = await takeShared(`${KEY_PREFIX}${rule.name}:${name}`, [
        msOf(cost),
        msOf(rule.burst),
        keepMs,
      ]);
      return overMs > 0
        ? { kind: "refused", retryAfterSeconds: Math.max(1, Math.ceil(overMs / 1_000)) }
        : verdict;
    },
  };
}
