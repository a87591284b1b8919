export * from "./provider.ts";
export * from "./refresh-outcome.ts";
export * from "./token-set.ts";
