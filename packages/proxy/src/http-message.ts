import type { CancelSignal } from "./cancellation.ts";

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
  /** Bytes: all of it is there, and it can be sent a second time. */
  readonly body: BodyStream | Uint8Array<ArrayBuffer> | null;
  /** Fires when the client is gone. */
  readonly signal?: CancelSignal;
}

export interface PlainResponse {
  readonly status: number;
  readonly headers: HeaderList;
  /** Bytes: all of it is there. */
  readonly body: BodyStream | Uint8Array | null;
}

/** The values of a field, in the order received. @param wanted in lower case */
export function valuesOf(headers: HeaderList, wanted: string): readonly string[] {
  let values: string[] | undefined;
  for (const [name, value] of headers) {
    // Nearly every name differs in length already, and this is asked many times a call.
    if (name.length === wanted.length && name.toLowerCase() === wanted) (values ??= []).push(value);
  }
  return values ?? NONE;
}

const NONE: readonly string[] = [];
