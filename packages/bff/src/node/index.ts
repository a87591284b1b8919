/**
 * What a BFF needs on Node: a server that is ready before it listens and drained before it ends, ports, a logger.
 *
 * @example
 * ```ts
 * const rateLimit = createRedisRateLimit(client, { monotonicMs: () => performance.now() });
 * return createNodePorts({ ledger: await createRedisLedger({ client }), rateLimit });
 * ```
 *
 * @module
 */
export { acceptSockets } from "./accept-sockets.ts";
export type { ChosenSocketBff, SocketBff } from "./accept-sockets.ts";
export { closeTogether } from "./close-together.ts";
export type { ShutdownOptions } from "./close-together.ts";
export { createLogger } from "./create-logger.ts";
export type { Logger, LoggerOptions } from "./create-logger.ts";
export type { LogFormat, LogLine } from "../observe/log-writer.ts";
export { createNodeListener } from "./create-node-listener.ts";
export type { ApiCallWay, NodeListener } from "./create-node-listener.ts";
export { createNodePorts } from "./create-node-ports.ts";
export type { NodePorts, NodePortsOptions } from "./create-node-ports.ts";
export { KEEP_ALIVE_TIMEOUT_MS } from "./keep-alive-timeout.ts";
export { serve } from "./serve.ts";
export type { Served, ServeOptions } from "./serve.ts";
