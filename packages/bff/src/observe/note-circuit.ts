import type { UpstreamCircuitChange } from "@coatcheck/proxy";
import type { Core } from "../parts.ts";

/** Writes down, and counts, that an API can't be reached any more, or can again. */
export function noteCircuit(
  { log, observer }: Pick<Core, "log" | "observer">,
  change: UpstreamCircuitChange,
): void {
  const { origin: upstream } = change;
  if (change.isOpen) log({ level: "warn", event: "circuit_opened", upstream, reason: change.reason });
  else {
    const { openMs, refused } = change;
    log({ level: "info", event: "circuit_closed", upstream, openMs, refused });
  }
  observer.circuit(change);
}
