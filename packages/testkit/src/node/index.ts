export { freePort } from "./free-port.ts";
export { findPostgres, startPostgres } from "./postgres-server.ts";
export { startRedisCluster } from "./redis-cluster.ts";
export { startRedisSentinels } from "./redis-sentinel.ts";
export { findRedisServer, findValkeyServer, startRedisServer } from "./redis-server.ts";
export type { RedisCluster } from "./redis-cluster.ts";
export type { RedisSentinels } from "./redis-sentinel.ts";
export type { RedisServer } from "./redis-server.ts";
export type { PostgresServer } from "./postgres-server.ts";
