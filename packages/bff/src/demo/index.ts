export { createDemo } from "./create-demo.ts";
export type { DemoPorts } from "./create-demo.ts";
export type { DemoFaults } from "./faults-route.ts";
