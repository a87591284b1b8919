export * from "./node-send.ts";
