import type { CancelSignal } from "./cancellation.ts";
import type { HeaderList, PlainResponse } from "./http-message.ts";
import type { Destination } from "./target.ts";

/** With what we answer when an upstream asks for a certificate; PEM, both. */
export interface UpstreamCertificate {
  readonly cert: string;
  readonly key: string;
}

/** One request to an upstream. `headers` are complete except for `host` and the framing. */
export interface UpstreamRequest extends Destination {
  readonly method: string;
  readonly headers: HeaderList;
  /** Bytes can be sent a second time, a stream can't. */
  readonly body: AsyncIterable<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  /** `undefined` with a body: chunked. */
  readonly contentLength: number | undefined;
  readonly connectTimeoutMs: number;
  /** A sender that can't present it fails. */
  readonly clientCertificate: UpstreamCertificate | undefined;
  /** Ends the call wherever it stands; the body of the answer then fails. */
  readonly signal: CancelSignal;
}

export type UpstreamAnswer =
  | ({ readonly kind: "answered" } & PlainResponse)
  | {
      readonly kind: "failed";
      readonly code: "upstream_failed" | "upstream_timeout";
      readonly reason: string;
      /** The fault is ours, or the upstream answers what can't be read: whether it can be reached can't be told by it. */
      readonly saysNothing?: true;
    };

/**
 * Sends one request: never follows a redirect, never rejects. May send it once more if it is idempotent, its body is no
 * stream, and a kept-alive connection broke before any byte of an answer.
 *
 * @see RFC 9110 section 9.2.2
 */
export type UpstreamSend = (request: UpstreamRequest) => Promise<UpstreamAnswer>;
