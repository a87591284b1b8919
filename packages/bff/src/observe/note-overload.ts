import type { Core } from "../parts.ts";
import type { OverloadLimit } from "./observer.ts";

/** Writes down, and counts, that a request was refused since a limit was reached. */
export function noteOverload(
  { log, observer }: Pick<Core, "log" | "observer">,
  facts: { readonly requestId: string; readonly route: string; readonly limit: OverloadLimit },
): void {
  log({ level: "warn", event: "overloaded", ...facts });
  const { route, limit } = facts;
  observer.shed({ route, limit });
}
