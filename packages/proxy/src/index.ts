/**
 * Forwards one API call: a fixed upstream, allow-lists of headers, streaming both ways.
 *
 * @example
 * ```ts
 * const forward = createForward({ send: createNodeSend().send });
 * return forward(request, target, accessToken, {
 *   publicOrigin: "https://app.example",
 *   requestId: "1",
 * });
 * ```
 *
 * @module
 */
export type { AccessCredential, BoundAccessToken } from "./access-credential.ts";
export { Cancellation, type CancelSignal } from "./cancellation.ts";
export type { ConnectSocket, SocketOutcome, UpstreamSocket } from "./connect-socket.ts";
export { createForward, type BrokenOff, type ForwardPorts } from "./create-forward.ts";
export { createFetchSend } from "./fetch-send.ts";
export * from "./forward.ts";
export type { BodyStream, HeaderList, PlainRequest, PlainResponse } from "./http-message.ts";
export { iterateBody, toWebStream } from "./iterate-body.ts";
export { ProxyError, type ProxyErrorCode, type TargetProblem } from "./proxy-error.ts";
export { isIdempotent } from "./request/buffer-small-body.ts";
export { matchPath, type ParsedTarget, parseTarget, type RefusedTarget } from "./request/request-target.ts";
export { isEventStream } from "./response/is-event-stream.ts";
export { isPdf } from "./response/is-pdf.ts";
export type { BearerChallenge } from "./response/bearer-challenge.ts";
export type { StartTimer } from "./start-timer.ts";
export { createTarget, type Target } from "./target.ts";
export type { CircuitChange, CircuitLimits } from "./upstream-circuit.ts";
export {
  createUpstreamCircuits,
  type UpstreamCircuitChange,
  type UpstreamCircuits,
  withCircuits,
} from "./upstream-circuits.ts";
export {
  createUpstreamGate,
  type UpstreamGate,
  type UpstreamLimits,
  type UpstreamLoad,
} from "./upstream-gate.ts";
export type { UpstreamAnswer, UpstreamCertificate, UpstreamRequest, UpstreamSend } from "./upstream-send.ts";
