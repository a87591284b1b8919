import type { BodyStream } from "../http-message.ts";
import { iterateBody } from "../iterate-body.ts";

/** What is told while a request body goes upstream. */
export interface UploadEvents {
  /** A chunk moved: the upstream is taking it. */
  readonly onProgress: () => void;
  readonly onEnd: () => void;
  /** The body is longer than allowed; it ends with an error. */
  readonly onTooLarge: () => void;
  /** The client broke off; the body ends with the client's error. */
  readonly onBroken: () => void;
}

/** Lets a request body through, chunk by chunk as the upstream takes it, up to `maxBytes`. */
export function createUpload(
  body: BodyStream,
  maxBytes: number,
  events: UploadEvents,
): AsyncIterable<Uint8Array> {
  const source = iterateBody(body);
  let bytes = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        let result: IteratorResult<Uint8Array, void>;
        try {
          result = await source.next();
        } catch (error) {
          events.onBroken();
          throw error;
        }
        if (result.done === true) {
          events.onEnd();
          return { done: true, value: undefined };
        }
        bytes += result.value.byteLength;
        if (bytes > maxBytes) {
          events.onTooLarge();
          throw new RangeError("the request body is too large");
        }
        events.onProgress();
        return result;
      },
      // The source is left as it is: closing the body of a Node request closes the connection on which the client waits for its answer.
      return: () => Promise.resolve({ done: true, value: undefined }),
    }),
  };
}
