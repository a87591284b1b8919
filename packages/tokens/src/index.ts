export * from "./grant.ts";
export * from "./token-keeper.ts";
