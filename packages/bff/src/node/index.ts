export { createNodeListener } from "./create-node-listener.ts";
export type { ApiCallWay, NodeListener } from "./create-node-listener.ts";
export { createNodePorts } from "./create-node-ports.ts";
export type { NodePorts, NodePortsOptions } from "./create-node-ports.ts";
export { serve } from "./serve.ts";
export type { Served, ServeOptions } from "./serve.ts";
