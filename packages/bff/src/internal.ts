// What the demo and the simulation put into a BFF. Not published: none of it is promised to anybody.
export { MAX_BYTES_A_REQUEST } from "@coatcheck/session";
export { assembleBff } from "./assemble-bff.ts";
export type { Extension } from "./extension.ts";
export type { RouteEnv } from "./hono/bff-env.ts";
export { setCookies } from "./hono/set-cookies.ts";
export type { Parts } from "./parts.ts";
export type { AssemblyPorts } from "./ports.ts";
export { readOwnBody } from "./routes/own-body.ts";
export type { SessionValue } from "./session/session-value.ts";
