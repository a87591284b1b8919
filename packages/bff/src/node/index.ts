export { createNodeListener } from "./create-node-listener.ts";
export type { NodeListener, RestListener } from "./create-node-listener.ts";
export { createNodePorts } from "./create-node-ports.ts";
export type { NodePorts, NodePortsOptions } from "./create-node-ports.ts";
