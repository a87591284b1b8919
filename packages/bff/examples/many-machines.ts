import { createNodePorts, type NodePorts } from "@coatcheck/bff/node";
import { createRedisRateLimit } from "@coatcheck/bff/redis";
import { createRedisLedger, type RedisClient } from "@coatcheck/tokens/redis";

/** What all machines share: the ledger, and what each client has asked. @param client of `redis` or `ioredis`, connected */
export async function createSharedPorts(client: RedisClient): Promise<NodePorts> {
  const rateLimit = createRedisRateLimit(client, { monotonicMs: () => performance.now() });
  return createNodePorts({ ledger: await createRedisLedger({ client }), rateLimit });
}
