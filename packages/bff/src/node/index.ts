export { createLogger } from "./create-logger.ts";
export type { Logger, LoggerOptions } from "./create-logger.ts";
export type { LogFormat, LogLine } from "../observe/log-writer.ts";
export { createNodeListener } from "./create-node-listener.ts";
export type { ApiCallWay, NodeListener } from "./create-node-listener.ts";
export { createNodePorts } from "./create-node-ports.ts";
export type { NodePorts, NodePortsOptions } from "./create-node-ports.ts";
export { serve } from "./serve.ts";
export type { Served, ServeOptions } from "./serve.ts";
