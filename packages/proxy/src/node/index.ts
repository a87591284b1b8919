/**
 * Node's connections to APIs.
 *
 * @example
 * ```ts
 * const forward = createForward({ send: createNodeSend().send });
 * ```
 *
 * @module
 */
export * from "./node-send.ts";
