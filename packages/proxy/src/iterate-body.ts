import type { BodyStream } from "./http-message.ts";

/** Reads a body chunk by chunk, whichever kind of stream it is. */
export function iterateBody(body: BodyStream): AsyncIterator<Uint8Array, void> {
  return "getReader" in body ? iterateReader(body) : body[Symbol.asyncIterator]();
}

function iterateReader(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array, void> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const result = await reader.read();
      return result.done ? { done: true, value: undefined } : { done: false, value: result.value };
    },
    return: async () => {
      // A stream that broke off has told its reader so already.
      await reader.cancel().catch(() => undefined);
      return { done: true, value: undefined };
    },
  };
}

/** The platform's own kind of stream, for what takes no other. */
export function toWebStream(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = iterateBody(body);
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const result = await iterator.next();
      if (result.done === true) controller.close();
      else controller.enqueue(result.value);
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
}
