import type { Ledger } from "@coatcheck/tokens";
import { createRedisLedger, type RedisClient } from "@coatcheck/tokens/redis";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";

/** Many machines share Redis; all processes of one machine share a file. @param client of `redis` or `ioredis`, connected */
export async function openLedger(place: { client: RedisClient } | { file: string }): Promise<Ledger> {
  if ("client" in place) return createRedisLedger({ client: place.client });
  return createSqliteLedger({ file: place.file });
}
