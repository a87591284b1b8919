export * from "../../my-config.ts";
