/**
 * A ledger in a Durable Object, for Cloudflare Workers: all isolates everywhere.
 *
 * @example
 * ```ts
 * const ledger = createDurableObjectLedger({ namespace: env.LEDGER });
 * ```
 *
 * @module
 */
export { createDurableObjectLedger } from "./durable-object-ledger.ts";
export type { DurableObjectLedgerOptions, LedgerNamespace } from "./durable-object-ledger.ts";
export { LedgerObject } from "./ledger-object.ts";
export type { LedgerObjectState } from "./object-tables.ts";
