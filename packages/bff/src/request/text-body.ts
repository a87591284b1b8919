const encoder = new TextEncoder();

/** A body of one chunk. */
export function textBody(text: string): AsyncIterable<Uint8Array> {
  return bytesBody(encoder.encode(text));
}

/** A body of one chunk that can be read again and again. */
export function bytesBody(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}
