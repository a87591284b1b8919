import type { AccessCredential } from "./access-credential.ts";
import type { Caller, ForwardOutcome } from "./forward.ts";
import type { PlainRequest } from "./http-message.ts";
import type { Target } from "./target.ts";

/** An open WebSocket to an API, as the runtime has it: whoever opened it knows how to speak on it. */
export interface UpstreamSocket {
  /** The subprotocol that the API chose; `""`: none. */
  readonly protocol: string;
  /** Drops the connection. */
  terminate(): void;
}

/** `socket`: the API took the handshake, which shows as an answer of 101. */
export type SocketOutcome = ForwardOutcome & { readonly socket?: UpstreamSocket };

/**
 * Opens a WebSocket at an API with what a browser's handshake says: the token as the only credential, headers by allow-list,
 * the browser's subprotocols. Messages of more than `maxMessageBytes` end it.
 *
 * @see RFC 6455 section 4
 */
export type ConnectSocket = (
  request: PlainRequest,
  target: Target,
  credential: AccessCredential | undefined,
  caller: Caller,
) => Promise<SocketOutcome>;
