import type { Bff, BffConfig, BffPorts } from "@coatcheck/bff";
import { assembleBff } from "@coatcheck/bff/internal";
import { createFaultControl } from "../fault-control.ts";
import { createDemo } from "./create-demo.ts";

/** Makes the BFF of the demo: the production one, and the demo's routes on the provider at this address. */
export function createDemoBff(idpUrl: string): (config: BffConfig, ports: BffPorts) => Bff {
  const demo = createDemo({ faults: createFaultControl(idpUrl) });
  return (config, ports) => assembleBff(config, ports, [demo]);
}
