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
export { createNodeConnectSocket } from "./connect-socket.ts";
export * from "./node-send.ts";
export * from "./relay-sockets.ts";
