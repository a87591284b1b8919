import type { Ledger } from "@coatcheck/tokens";
import { createPostgresLedger, type PostgresPool } from "@coatcheck/tokens/postgres";
import { createRedisLedger, type RedisClient } from "@coatcheck/tokens/redis";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";

/**
 * Many machines share Redis or PostgreSQL; all processes of one machine share a file.
 *
 * @param place `client` of `redis` or `ioredis`, connected; `pool` of `pg`
 */
export async function openLedger(
  place: { client: RedisClient } | { pool: PostgresPool } | { file: string },
): Promise<Ledger> {
  if ("client" in place) return createRedisLedger({ client: place.client });
  if ("pool" in place) return createPostgresLedger({ pool: place.pool });
  return createSqliteLedger({ file: place.file });
}
