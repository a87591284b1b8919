/** Header fields in the order received, names as sent; a repeated field stands twice. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** A body that streams: a web stream, or anything that yields chunks (a Node stream does). */
export type BodyStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A request as plain values, before any framework has parsed it. */
export interface PlainRequest {
  readonly method: string;
  /** The request target exactly as received: path and query (`/api/notes/7?x=1`). */
  readonly rawTarget: string;
  readonly headers: HeaderList;
  readonly body: BodyStream | null;
  /** Fires when the client is gone. */
  readonly signal?: AbortSignal;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: BodyStream | null;
}
