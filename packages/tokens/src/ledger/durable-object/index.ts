export { createDurableObjectLedger } from "./durable-object-ledger.ts";
export type { DurableObjectLedgerOptions, LedgerNamespace } from "./durable-object-ledger.ts";
export { LedgerObject } from "./ledger-object.ts";
export type { LedgerObjectState } from "./object-tables.ts";
