export { createNodeListener } from "./create-node-listener.ts";
export type { NodeListener } from "./create-node-listener.ts";
