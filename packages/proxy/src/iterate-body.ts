import type { BodyStream } from "./http-message.ts";

const iterateReader = (stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array, void> => {
  const reader = stream.getReader();
  return {
    next: async () => {
      const result = await reader.read();
      return result.done ? { done: true, value: undefined } : { done: false, value: result.value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
};

/** Reads a body chunk by chunk, whichever kind of stream it is. */
export const iterateBody = (body: BodyStream): AsyncIterator<Uint8Array, void> =>
  Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : iterateReader(body);
