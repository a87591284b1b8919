export * from "./describe-ledger.ts";
