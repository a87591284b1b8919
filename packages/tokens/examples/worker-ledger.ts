import { createDurableObjectLedger } from "@coatcheck/tokens/durable-object";
import type { LedgerNamespace } from "@coatcheck/tokens/durable-object";
import type { Ledger } from "@coatcheck/tokens";

// The class has to be exported from the Worker's own module.
export { LedgerObject } from "@coatcheck/tokens/durable-object";

/** Call it with the first request: a Worker may call nobody while its module is loaded. */
export function openLedger(env: { readonly LEDGER: LedgerNamespace }): Ledger {
  return createDurableObjectLedger({ namespace: env.LEDGER });
}
