/**
 * What a ledger must do, step by step: for the tests of one's own.
 *
 * @example
 * ```ts
 * describeLedger("in a table of one's own", async () => {
 *   const table = { rows: new Map<string, string>() };
 *   const ledger = createOwnLedger(table);
 * ```
 *
 * @module
 */
export * from "./describe-ledger.ts";
