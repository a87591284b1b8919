/** What an answer's body needs of the connection that it comes over. */
export interface BodySource {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/** The body of an answer: chunks are pushed in as they arrive, and one reader takes them out. */
export interface AnswerBody extends AsyncIterable<Uint8Array> {
  readonly push: (chunk: Uint8Array) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

type Chunk = IteratorResult<Uint8Array, void>;

/** More than this waiting for the reader holds the upstream back. */
const MAX_WAITING_BYTES = 64 * 1024;
const END: Chunk = { done: true, value: undefined };

/** Turns what a connection delivers into something that can be read at the reader's pace. */
export function createAnswerBody(source: BodySource): AnswerBody {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let reader:
    | { readonly resolve: (chunk: Chunk) => void; readonly reject: (error: Error) => void }
    | undefined;
  let isEnded = false;
  let failure: Error | undefined;

  function next(): Promise<Chunk> {
    const value = waiting.shift();
    if (value !== undefined) {
      waitingBytes -= value.byteLength;
      if (waiting.length === 0) source.resume();
      return Promise.resolve({ done: false, value });
    }
    if (failure !== undefined) return Promise.reject(failure);
    if (isEnded) return Promise.resolve(END);
    return new Promise((resolve, reject) => {
      reader = { resolve, reject };
    });
  }

  return {
    [Symbol.asyncIterator]: () => ({
      next,
      return() {
        source.abort(new Error("the reader gave the body up"));
        return Promise.resolve(END);
      },
    }),
    push(chunk) {
      if (reader === undefined) {
        waiting.push(chunk);
        waitingBytes += chunk.byteLength;
        if (waitingBytes > MAX_WAITING_BYTES) source.pause();
        return;
      }
      const { resolve } = reader;
      reader = undefined;
      resolve({ done: false, value: chunk });
    },
    end() {
      isEnded = true;
      reader?.resolve(END);
    },
    fail(error) {
      failure ??= error;
      reader?.reject(error);
    },
  };
}
