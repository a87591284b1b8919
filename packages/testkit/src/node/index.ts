export { freePort } from "./free-port.ts";
export { findPostgres, startPostgres } from "./postgres-server.ts";
export { findRedisServer, startRedisServer } from "./redis-server.ts";
export type { RedisServer } from "./redis-server.ts";
export type { PostgresServer } from "./postgres-server.ts";
