export * from "./forward.ts";
export * from "./http-message.ts";
