/**
 * Keeps a grant fresh: one refresh at a time, however many ask, in however many processes.
 *
 * @example
 * ```ts
 * const visit = keeper.open(session);
 * const outcome = await visit.ensureFresh("https://notes.example/");
 * if (outcome.kind !== "fresh") return outcome;
 * await call(outcome.accessToken);
 * return visit.close({ known: outcome.grant, willWrite: false });
 * ```
 *
 * @module
 */
export * from "./grant/grant.ts";
export { firstGrant } from "./grant/granted.ts";
export type { Granted } from "./grant/granted.ts";
export { toKeptGrant } from "./grant/sealed-tokens.ts";
export * from "./grant/session-ref.ts";
export * from "./grant/successor-crypto.ts";
export { createTokenKeeper } from "./keeper/create-token-keeper.ts";
export type { TokenKeeperOptions } from "./keeper/create-token-keeper.ts";
export type { ListedSession, SessionOwner, SeenSession, SessionList } from "./keeper/session-list.ts";
export * from "./keeper/token-keeper.ts";
export type { SessionRecord } from "./ledger/ledger-record.ts";
export * from "./ledger/ledger.ts";
export * from "./ledger/memory-ledger.ts";
export { createRecordLedger } from "./ledger/record-ledger.ts";
export type { RecordStore, StoreTransaction } from "./ledger/record-ledger.ts";
export type { KeeperPolicy } from "./refresh/keeper-policy.ts";
export * from "./refresh/refresh-call.ts";
export * from "./refresh/tokens-event.ts";
export type { TimerPorts } from "./timer-ports.ts";
export * from "./tokens-error.ts";
