import type { Bff, BffConfig, BffPorts } from "@coatcheck/bff";
import { assembleBff } from "@coatcheck/bff/internal";
import { createFaultControl } from "../fault-control.ts";
import { createStorms } from "../storms/create-storms.ts";
import { createDemo } from "./create-demo.ts";

/** What the demo's routes act on beside the BFF itself. */
export interface DemoNeighbours {
  readonly idpUrl: string;
  /** The plain BFF that storms are compared with. */
  readonly plainUrl: string;
}

/** Makes the BFF of the demo: the production one, and the demo's routes. */
export function createDemoBff(neighbours: DemoNeighbours): (config: BffConfig, ports: BffPorts) => Bff {
  const faults = createFaultControl(neighbours.idpUrl);
  return (config, ports) => {
    const storms = createStorms({ ...neighbours, appUrl: config.publicOrigin });
    return assembleBff(config, ports, [createDemo({ faults, storms })]);
  };
}
