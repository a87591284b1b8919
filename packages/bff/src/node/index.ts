export { createNodeListener } from "./create-node-listener.ts";
export type { NodeListener, RestListener } from "./create-node-listener.ts";
