import { type Bff, type BffConfig, createBff } from "@coatcheck/bff";
import { createNodePorts } from "@coatcheck/bff/node";
import { createOpenTelemetry } from "@coatcheck/bff/opentelemetry";
import type { Ledger } from "@coatcheck/tokens";

/** A BFF whose traces and metrics go to the SDK that `node --import ./telemetry.js` has started. */
export function createTracedBff(config: BffConfig, ledger: Ledger): Bff {
  return createBff(config, createNodePorts({ ledger, ...createOpenTelemetry() }));
}
