/**
 * What crosses the wire between a page and its BFF: paths, names of headers, schemas, codes.
 *
 * @example
 * ```ts
 * const answer = await fetchOurs(BFF_PATHS.session, { headers: { "X-Coatcheck": "1" } });
 * return sessionViewSchema.safeParse(await answer.json()).data;
 * ```
 *
 * @module
 */
export * from "./anonymous-reason.ts";
export * from "./demo-extension.ts";
export * from "./demo.ts";
export * from "./headers.ts";
export * from "./logout.ts";
export * from "./loopback-host.ts";
export * from "./paths.ts";
export * from "./problem.ts";
export * from "./profile.ts";
export * as schema from "./schema.ts";
export type { Infer, Parsed, Schema } from "./schema.ts";
export * from "./session-header.ts";
export * from "./session-list.ts";
export * from "./session-view.ts";
export * from "./sign-in-outcome.ts";
export * from "./token-facts.ts";
export { SOCKET_CODES } from "./socket-codes.ts";
